import { inParallel } from '../cluster/in-parallel.ts'
import { SecureError } from '../errors.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import type { Engine } from './engine.ts'
import { knownRuns, type Run } from './find-run.ts'
import { kindOf } from './kinds/kinds.ts'
import { describeRef } from './paths.ts'
import type { Change, Plan } from './plan.ts'
import { createdUids, stateOfRun, stepsOf } from './progress-of-run.ts'
import { leaseHolders } from './record/lease.ts'
import type { RunState, RunStatus, StatusReport, StepReport } from './reports.ts'

/** What is in force on the cluster, and where it is not any more as the runs left it: every object is looked at now. */
export async function status(engine: Engine, only?: (run: Run) => boolean): Promise<StatusReport> {
  const { runs, gaps } = await knownRuns(engine)
  const holders = await leaseHolders(engine.cluster, engine.stateNamespace).catch((error: unknown) => {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    gaps.push({ what: 'leases', why: error.message, hides: 'who is at work on a run' })
    return new Map<string, string>()
  })
  const wanted = only ? runs.filter(only) : runs
  return {
    apiVersion,
    kind: 'StatusReport',
    cluster: { id: engine.clusterId, server: engine.cluster.server },
    runs: await inParallel(wanted, async (run) => await statusOf(engine, run, holders.get(run.plan.id)), 4),
    gaps,
  }
}

async function statusOf(engine: Engine, run: Run, holder: string | undefined): Promise<RunStatus> {
  const { plan, entries, records, broken, refused } = run
  const recorded = stepsOf(plan, entries)
  const isOver =
    recorded.length > 0 && recorded.every(({ state }) => state === 'undone' || state === 'gone' || state === 'planned')
  const looks =
    isOver && records.includes('journal')
      ? []
      : await inParallel(plan.changes, async (change) => await lookAt(engine, run, change))
  const steps = records.includes('journal')
    ? recorded
    : recorded.map((step, index) => ({ ...step, state: looks[index]?.state ?? step.state }))
  const begin = entries[0]
  const last = entries.at(-1)
  return {
    plan: plan.id,
    ...(plan.incident !== undefined && { incident: plan.incident }),
    ...(plan.reason !== undefined && { reason: plan.reason }),
    who: plan.user.name,
    when: begin?.at ?? plan.createdAt,
    command: plan.command,
    records,
    state: last?.type === 'end' ? last.state : stateByLooks(plan, steps, records),
    steps,
    drift: looks.flatMap(({ drift }, index) =>
      drift !== undefined && isInForce(recorded[index], records) ? [drift] : [],
    ),
    ...(holder !== undefined && { holder }),
    notes: [
      ...plan.notes,
      ...(broken === undefined ? [] : [`the journal is damaged: ${broken}`]),
      ...refused.map(({ change, why }) => `the record's ${change} is not trusted: ${why}`),
    ],
  }
}

async function lookAt(
  engine: Engine,
  { plan, entries }: Run,
  change: Change,
): Promise<{ state: StepReport['state']; drift?: string }> {
  try {
    const context = { cluster: engine.cluster, planId: plan.id, uids: createdUids(plan, entries) }
    const { state, why } = await kindOf(change).look(context, change)
    if (state === 'after') return { state: 'applied' }
    if (state === 'before')
      return {
        state: 'planned',
        drift: `${describeRef(change.ref)}: it is as it was before the plan: somebody took it back`,
      }
    return { state: state === 'gone' ? 'gone' : 'failed', drift: `${describeRef(change.ref)}: ${why ?? state}` }
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return { state: 'unsettled', drift: `${describeRef(change.ref)}: not read: ${error.message}` }
  }
}

function isInForce(step: StepReport | undefined, records: RunStatus['records']): boolean {
  return (
    !records.includes('journal') || ['applied', 'already', 'unsettled', 'partly-undone'].includes(step?.state ?? '')
  )
}

// Without an end the run was cut off, or is under way.
function stateByLooks(plan: Plan, steps: StepReport[], records: RunStatus['records']): RunState {
  return records.includes('journal') ? 'unfinished' : stateOfRun(plan, steps, false)
}
