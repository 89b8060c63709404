import { SecureError } from '../errors.ts'
import type { Engine } from './engine.ts'
import { listJournals, readJournal, type Recorded } from './journal/journal.ts'
import type { Plan } from './plan.ts'
import { isFromRecord } from './progress-of-run.ts'
import { listRecords } from './record/records.ts'
import { type Refusal, trusted } from './record/trusted.ts'

/** A run that is known: by this machine's journal, by the cluster's record, or by both. */
export type Run = {
  plan: Plan
  entries: readonly Recorded[]
  records: ('journal' | 'cluster')[]
  /** Where the journal is damaged: the line and why. Its run can be read, and not gone on with. */
  broken?: string
  /** Of a run known by the cluster's record alone, or taken up from it: what is not taken back on its word, and what has to be typed. */
  refused: Refusal[]
  mustType: string[]
  /** The plan as the record words it, where nothing else tells how things were made: to compare by, and nothing is ever written by it. */
  claimed?: Plan
}

/** All runs on this cluster, oldest first; what could not be read is in `gaps`. */
export async function knownRuns(engine: Engine): Promise<{ runs: Run[]; gaps: Gap[] }> {
  const gaps: Gap[] = []
  const byId = new Map<string, Run>()
  for (const { path, planId } of await listJournals(engine.stateDir, engine.clusterId)) {
    const { entries, broken } = await readJournal(path)
    const begin = entries[0]
    if (begin?.type !== 'begin') {
      gaps.push({
        what: path,
        why: broken?.why ?? 'its first line was never finished, so nothing was sent by it: it can be removed',
        hides: `what plan ${planId} ${broken ? 'changed' : 'was to change'}`,
      })
      continue
    }
    // What was taken up from a record is trusted no more the second time.
    const mustType = begin.fromRecord ? trusted(begin.plan, engine).mustType : []
    byId.set(begin.plan.id, {
      plan: begin.plan,
      entries,
      records: ['journal'],
      refused: begin.fromRecord?.refused ?? [],
      mustType,
      ...(broken && { broken: `${path}:${broken.line}: ${broken.why}` }),
    })
  }
  try {
    const { plans, problems } = await listRecords(engine.cluster, engine.stateNamespace)
    for (const problem of problems)
      gaps.push({ what: problem.name, why: problem.why, hides: 'a run of another responder' })
    for (const plan of plans) {
      const known = byId.get(plan.id)
      if (known) {
        known.records.push('cluster')
        if (isFromRecord(known.entries)) known.claimed = plan
      } else {
        const { plan: limited, refused, mustType } = trusted(plan, engine)
        byId.set(plan.id, { plan: limited, entries: [], records: ['cluster'], refused, mustType, claimed: plan })
      }
    }
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    gaps.push({
      what: `records in namespace ${engine.stateNamespace}`,
      why: error.message,
      hides: 'runs of other responders',
    })
  }
  const runs = [...byId.values()].toSorted((a, b) => (a.plan.createdAt < b.plan.createdAt ? -1 : 1))
  return { runs, gaps }
}

type Gap = { what: string; why: string; hides: string }

/** The run of this plan id, a prefix of one, or an incident that has one run. Throws SecureError `usage` where it is not one. */
export async function findRun(engine: Engine, typed: string): Promise<Run> {
  const { runs, gaps } = await knownRuns(engine)
  const exact = runs.filter(({ plan }) => plan.id === typed)
  const found =
    exact.length > 0 ? exact : runs.filter(({ plan }) => plan.id.startsWith(typed) || plan.incident === typed)
  const [run] = found
  if (run && found.length === 1) return run
  if (found.length > 1) {
    const ids = found.map(({ plan }) => plan.id).join(', ')
    throw new SecureError('usage', `"${typed}" means ${found.length} runs: ${ids}`, { hint: 'name one of them' })
  }
  const elsewhere = (await listJournals(engine.stateDir)).find(
    ({ planId, clusterId }) => planId === typed && clusterId !== engine.clusterId,
  )
  if (elsewhere) {
    throw new SecureError(
      'usage',
      `plan ${typed} is of another cluster (${elsewhere.clusterId}); this is ${engine.clusterId}`,
      {
        hint: "choose that cluster's context: --context",
      },
    )
  }
  const unread = gaps.map(({ what, why }) => `${what}: ${why}`).join('\n')
  throw new SecureError('usage', `there is no run "${typed}" on this cluster`, {
    hint: `kubectl secure status lists them${unread === '' ? '' : `; not read:\n${unread}`}`,
  })
}
