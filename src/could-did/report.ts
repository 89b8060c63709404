import { openPass, type PassOptions, type Trust } from '../audit-log/pass.ts'
import { searchAll } from '../audit-log/questions/questions.ts'
import type { LogSource } from '../audit-log/read/sources.ts'
import type { Identity } from '../rbac/identity.ts'
import type { RbacIndex } from '../rbac/rbac-index.ts'
import { apiVersion, type Gap, type Snapshot } from '../snapshot/snapshot.ts'
import { type ActorRow, actorRows } from './actor-rows.ts'
import { WriteBook } from './changes.ts'
import { couldOf, indexFor } from './could.ts'
import { ActorBook } from './did.ts'
import { rightsQuestions } from './queries.ts'

/** Each actor of an audit log: what they did beside what RBAC lets them do. */
export type CouldDidReport = { apiVersion: typeof apiVersion; kind: 'CouldDidReport' } & Trust & {
    /** What the rights were read from, and of when: of manifests nobody knows. */
    rbac: { source: Snapshot['source']['kind']; taken?: string }
    /** What everyone who was authenticated may do. */
    everyone: string[]
    actors: ActorRow[]
    /** Actors left out: they did nothing of the questions, and may not. */
    others: number
  }

export type CouldDidOptions = Pick<PassOptions, 'policy' | 'since' | 'until' | 'onProgress'> & {
  isWanted?: (actor: { by: string; as?: string }) => boolean
}

/** Asks a log and RBAC about every actor in it. Throws SecureError('usage') where a path cannot be used at all. */
export async function couldDidReport(
  source: LogSource | readonly LogSource[],
  { snapshot, index }: { snapshot: Snapshot; index: RbacIndex },
  { isWanted = () => true, ...options }: CouldDidOptions,
): Promise<CouldDidReport> {
  // Who did nothing of the questions is in the log too: every request is looked at.
  const { batches, trust } = openPass(source, { ...options, asked: rightsQuestions, all: true })
  const { see } = searchAll(rightsQuestions)
  const [book, writes] = [new ActorBook(), new WriteBook()]
  for await (const requests of batches)
    for (const request of requests) {
      book.see(request, see(request))
      writes.see(request)
    }
  const made = trust()
  const rows = actorRows([...book.actors.values()].filter(isWanted), { snapshot, index, writes, trust: made })
  const actors = rows.filter(({ answers }) => answers.length > 0)
  const gaps: Gap[] = [...made.gaps, ...snapshot.gaps, ...book.gaps(), ...writes.gaps()]
  const { source: from } = snapshot
  const anyone: Identity = { groups: ['system:authenticated'] }
  return {
    apiVersion,
    kind: 'CouldDidReport',
    ...made,
    gaps,
    complete: made.complete && gaps.length === 0,
    notes: [...made.notes, ...snapshot.notes],
    rbac: { source: from.kind, ...(from.kind === 'bundle' && { taken: from.taken }) },
    everyone: rightsQuestions.flatMap((question) => {
      const [could] = couldOf(snapshot, indexFor(index, [anyone]), question, [anyone])
      return could?.answer === 'yes' ? [question.id] : []
    }),
    actors,
    others: rows.length - actors.length,
  }
}
