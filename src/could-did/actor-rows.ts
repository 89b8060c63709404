import { micros } from '../audit-log/event.ts'
import type { Trust } from '../audit-log/pass.ts'
import { type Identity, identityOf } from '../rbac/identity.ts'
import type { RbacIndex } from '../rbac/rbac-index.ts'
import type { ObjectRef } from '../rbac/report.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { RbacWrite, WriteBook } from './changes.ts'
import { type Compared, compared } from './compare.ts'
import { type Could, couldOf, indexFor } from './could.ts'
import type { Did, Seen } from './seen.ts'
import { rightsQuestions } from './queries.ts'

/** What an actor did of a question beside what RBAC lets them do of it. */
export type ActorAnswer = {
  question: string
  could: Could
  counts: Did['counts']
  first?: string
  last?: string
  lines: Did['lines']
  /** Was allowed then, and RBAC does not allow it. */
  mayNoLonger: Compared[]
  /** Was refused, and RBAC does not allow it either. */
  mayNot: Compared[]
  /** Was refused, and RBAC allows it. */
  mayNow: Compared[]
  /** Nobody knows what RBAC says of it. */
  unclear: Compared[]
  /** May, and nothing of it is in the log; `sure` where it would be. */
  unseen?: 'sure' | 'maybe'
}

/** Somebody who acted, and in whose name: the rights are those of that name. */
export type ActorRow = {
  by: string
  as?: string
  groups: string[]
  requests: number
  first: string
  last: string
  routine?: string
  /** Of the questions to which there is something to say. */
  answers: ActorAnswer[]
  /** When who wrote to bindings and roles that these rights come from, or came from. */
  changes: (RbacWrite & { afterRbac?: true })[]
}

type Known = { snapshot: Snapshot; index: RbacIndex; writes: WriteBook; trust: Pick<Trust, 'coverage' | 'gaps'> }

/** The rows of the actors of a log, in the order in which they came. */
export function actorRows(actors: readonly Seen[], { snapshot, index: whole, writes, trust }: Known): ActorRow[] {
  const identities = actors.map(identityIn)
  const index = indexFor(whole, identities)
  const answers = actors.map((): ActorAnswer[] => [])
  for (const question of rightsQuestions) {
    const coverage = trust.coverage.find((one) => one.question === question.id)
    const isSure = trust.gaps.length === 0 && coverage?.verdict === 'answerable'
    for (const [at, could] of couldOf(snapshot, index, question, identities).entries()) {
      const did = actors[at]?.did.get(question.id)
      const identity = identities[at]
      if (!identity || (!did && could.answer !== 'yes')) continue
      const asked = [...(did?.asked.values() ?? [])].map((one) => compared(snapshot, { index, whole }, identity, one))
      answers[at]?.push({
        question: question.id,
        could,
        counts: did?.counts ?? {},
        ...(did && { first: did.first, last: did.last }),
        lines: did?.lines ?? [],
        mayNoLonger: asked.filter(({ said, now }) => said === 'allowed' && now === 'refused'),
        mayNot: asked.filter(({ said, now }) => said === 'refused' && now === 'refused'),
        mayNow: asked.filter(({ said, now }) => said === 'refused' && now === 'allowed'),
        unclear: asked.filter(({ now }) => now === 'unknown'),
        ...(!did && { unseen: isSure ? 'sure' : 'maybe' }),
      })
    }
  }
  const { source } = snapshot
  const taken = source.kind === 'bundle' ? micros(source.taken) : undefined
  return actors.map(({ by, as, groups, requests, first, last, routine }, at) => {
    const its = answers[at] ?? []
    const changes = writes.touching(identities[at] as Identity, index, bindingsOf(its))
    return {
      by,
      ...(as !== undefined && { as }),
      groups: [...groups],
      requests,
      first,
      last,
      ...(routine !== undefined && { routine }),
      answers: its,
      changes: changes.map((write) => ({
        ...write,
        ...((micros(write.time) ?? 0) > (taken ?? Infinity) && { afterRbac: true as const }),
      })),
    }
  })
}

// The groups as the server authenticated them; where a log has none, those that it gives by itself.
function identityIn({ by, as, groups }: Seen): Identity {
  const user = as ?? by
  return groups.size > 0 ? { user, groups: [...groups] } : identityOf({ kind: 'User', name: user })
}

// By which anything was allowed, with their roles: what was written to them since, or is gone.
function bindingsOf(answers: ActorAnswer[]): ObjectRef[] {
  return answers.flatMap(({ mayNoLonger }) =>
    mayNoLonger.flatMap(({ allowedBy }) => {
      if (!allowedBy) return []
      const { binding, roleRef } = allowedBy
      const { namespace } = binding
      return [binding, { ...roleRef, ...(roleRef.kind === 'Role' && namespace !== undefined && { namespace }) }]
    }),
  )
}
