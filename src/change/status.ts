import { isDeepStrictEqual } from 'node:util'
import { inParallel } from '../cluster/in-parallel.ts'
import { objectPath } from '../cluster/object-path.ts'
import { getObject } from '../cluster/write.ts'
import { SecureError } from '../errors.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import { createdUids } from './context-of-run.ts'
import { stillCut } from './cut-off.ts'
import type { Engine } from './engine.ts'
import { knownRuns, type Run } from './find-run.ts'
import { kindOf } from './kinds/kinds.ts'
import { describeRef } from './describe-ref.ts'
import type { Change } from './plan.ts'
import { isFromRecord, isTakenBack, stateOfRun, stepsOf } from './progress-of-run.ts'
import { leaseHolders } from './record/lease.ts'
import type { RunStatus, StatusReport, StepReport } from './reports.ts'

/** What is in force on the cluster, and where it is not any more as the runs left it: every object is looked at now. */
export async function status(engine: Engine, only?: (run: Run) => boolean): Promise<StatusReport> {
  const { runs, gaps } = await knownRuns(engine)
  return await statusOf(engine, { runs: only ? runs.filter(only) : runs, gaps })
}

/** The same of runs that are known already. */
export async function statusOf(
  engine: Engine,
  known: { runs: Run[]; gaps: StatusReport['gaps'] },
): Promise<StatusReport> {
  const gaps = [...known.gaps]
  const holders = await leaseHolders(engine.cluster, engine.stateNamespace).catch((error: unknown) => {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    gaps.push({ what: 'leases', why: error.message, hides: 'who is at work on a run' })
    return new Map<string, string>()
  })
  return {
    apiVersion,
    kind: 'StatusReport',
    cluster: { id: engine.clusterId, server: engine.cluster.server },
    runs: await inParallel(known.runs, async (run) => await lookAtRun(engine, run, holders.get(run.plan.id)), 4),
    gaps,
  }
}

async function lookAtRun(engine: Engine, run: Run, holder: string | undefined): Promise<RunStatus> {
  const { plan, entries, records, broken, refused } = run
  const recorded = stepsOf(plan, entries)
  const isKnown = records.includes('journal') && !isFromRecord(entries)
  const looks =
    records.includes('journal') && isTakenBack(plan, entries, false)
      ? []
      : await inParallel(plan.changes, async (change) => await lookAt(engine, run, change, isKnown))
  const steps = recorded.map((step, index) => seen(step, looks[index], isKnown))
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
    state: last?.type === 'end' ? last.state : isKnown ? 'unfinished' : stateOfRun(plan, steps),
    steps,
    drift: [
      ...looks.flatMap(({ drift }, index) => (drift !== undefined && isHeld(recorded[index], isKnown) ? [drift] : [])),
      ...(await cutStill(engine, run)),
    ],
    ...(holder !== undefined && { holder }),
    notes: [
      ...plan.notes,
      ...(broken === undefined ? [] : [`the journal is damaged: ${broken}`]),
      ...refused.map(({ change, why }) => `the record's ${change} is not trusted: ${why}`),
    ],
  }
}

/** Pods that undo could not let use their network, as far as they are still there: what is in force inside of them no API tells. */
async function cutStill({ cluster }: Engine, { plan, entries }: Run): Promise<string[]> {
  const lines = stillCut(plan, entries).map(async ({ ref, what }) => {
    const pod = await getObject(cluster, objectPath(ref)).catch((error: unknown) => {
      if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
      return 'not read' as const
    })
    const isThere = pod === 'not read' || (pod !== undefined && (!('uid' in ref) || pod.metadata.uid === ref.uid))
    return isThere ? [`${describeRef(ref)}: ${what}`] : []
  })
  return (await Promise.all(lines)).flat()
}

type Seen = { state: StepReport['state']; drift?: string }

async function lookAt(
  engine: Engine,
  { plan, entries, claimed }: Run,
  change: Change,
  isKnown: boolean,
): Promise<Seen> {
  const name = describeRef(change.ref)
  try {
    const context = { cluster: engine.cluster, planId: plan.id, uids: createdUids(plan, entries) }
    const whole = claimed?.changes.find((one) => one.id === change.id && isDeepStrictEqual(one.ref, change.ref))
    const { state, why } = await kindOf(change).look(context, whole ?? change)
    if (state === 'after') return { state: 'applied' }
    if (state !== 'before') return { state: state === 'gone' ? 'gone' : 'failed', drift: `${name}: ${why ?? state}` }
    // Not to be there any more is what it was made for.
    if (change.temporary) return { state: 'gone' }
    const how = isKnown ? 'somebody took it back' : 'it was never made, or somebody took it back'
    return { state: 'planned', drift: `${name}: ${why ?? 'it is as it was before the plan'}: ${how}` }
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return { state: 'unsettled', drift: `${name}: not read: ${error.message}` }
  }
}

/** A step as the journal has it, with what looking adds where it does not tell. */
function seen(step: StepReport, look: Seen | undefined, isKnown: boolean): StepReport {
  if (!look) return step
  if (step.state === 'planned' && !isKnown) return { ...step, state: look.state }
  if (step.state !== 'unsettled' || (look.state !== 'applied' && look.state !== 'planned')) return step
  return { ...step, why: `${step.why}; now it is ${look.state === 'applied' ? '' : 'not '}in force` }
}

// Of what was sent without an answer nobody can say that it drifted: `seen` says how it stands.
function isHeld(step: StepReport | undefined, isKnown: boolean): boolean {
  return step?.state === 'applied' || step?.state === 'already' || (!isKnown && step?.state === 'planned')
}
