import { SecureError } from '../errors.ts'
import { contextOf } from './context-of-run.ts'
import { unreleased } from './cut-off.ts'
import type { Engine } from './engine.ts'
import type { Run } from './find-run.ts'
import { createJournal, type Journal, openJournal } from './journal/journal.ts'
import { describeRef } from './describe-ref.ts'
import type { Change, Json, Plan } from './plan.ts'
import {
  isFromRecord as isJournalOfRecord,
  leftExtras,
  reportOf,
  stateOfRun,
  stateOfUndo,
  stepsOf,
  wasTouched,
} from './progress-of-run.ts'
import { openRecord } from './record-steps.ts'
import { asRenewed, renewedUids } from './renewed.ts'
import type { RunReport, RunState, StepReport } from './reports.ts'
import { runStep, type Way } from './step.ts'

/** A check that a plan asks for before one of its changes; `why` is shown and journaled. */
export type Gate = () => Promise<{ ok: boolean; why: string }>

/** A run in progress: it holds the journal's lock and the cluster's lease, until it is closed. */
export type ActiveRun = {
  plan: Plan
  /** Makes every change that is not made yet, in order. Stops at the first that fails, or whose gate says no. */
  apply(gates?: Record<string, Gate>): Promise<void>
  /** Makes a change that the plan does not have, such as the helper of an undo; it is journaled as all are. */
  extra(change: Change): Promise<StepReport>
  /** Takes such a change back. */
  extraUndo(change: Change): Promise<StepReport>
  /** Takes back what was made for the time of the run. */
  cleanUp(): Promise<void>
  /** Takes everything back that is still ours, last change first. */
  undo(options?: { everything?: boolean }): Promise<void>
  note(kind: string, data: Json): Promise<void>
  steps(): StepReport[]
  /** Ends it: the outcome is journaled, lock and lease are let go. */
  close(): Promise<RunReport>
}

/** Begins a run of a new plan: from here on its record is on disk and in the cluster. */
export async function startRun(engine: Engine, plan: Plan, takeOver = false): Promise<ActiveRun> {
  refuseOtherCluster(engine, plan)
  const journal = await createJournal(engine.stateDir, plan, engine.holder, engine.now)
  return await activate(engine, plan, journal, takeOver)
}

/** Goes on with a run that has a journal here, or that was taken over from another machine by its record. */
export async function reopenRun(engine: Engine, { plan, records, refused }: Run, takeOver = false): Promise<ActiveRun> {
  refuseOtherCluster(engine, plan)
  const journal = records.includes('journal')
    ? await openJournal(engine.stateDir, engine.clusterId, plan.id, engine.now)
    : await createJournal(engine.stateDir, plan, engine.holder, engine.now, { refused })
  return await activate(engine, plan, journal, takeOver)
}

function refuseOtherCluster(engine: Engine, { id, cluster }: Plan): void {
  if (cluster.id === engine.clusterId) return
  throw new SecureError(
    'usage',
    `plan ${id} is of another cluster: ${cluster.server} (${cluster.id}), this is ${engine.cluster.server} (${engine.clusterId})`,
    {
      hint: `choose that cluster's context${cluster.context === undefined ? '' : `: --context ${cluster.context}`}`,
    },
  )
}

async function activate(engine: Engine, plan: Plan, journal: Journal, takeOver: boolean): Promise<ActiveRun> {
  const warnings: string[] = []
  const own: Engine = {
    ...engine,
    warn: (line) => {
      warnings.push(line)
      engine.warn(line)
    },
  }
  let isUndo = false
  let isRemoved = false
  // A run that came from a record has no intents: then all that the plan names may be ours.
  const isFromRecord = isJournalOfRecord(journal.entries)
  const held = await openRecord(own, journal, plan, takeOver).catch(async (error: unknown) => {
    await journal.close()
    throw error
  })

  const contextNow = (change: Change, everything: boolean | undefined) =>
    contextOf(own.cluster, plan, journal.entries, change, everything === undefined ? {} : { everything })
  const step = async (change: Change, way: Way, everything?: boolean) => {
    await held.check()
    const end = await runStep(own, journal, change, contextNow(change, everything), way)
    const { uid, ...rest } = end
    const report = {
      change: change.id,
      do: change.do,
      ref: { ...change.ref, ...(uid !== undefined && { uid }) },
      ...rest,
    }
    engine.onStep?.(report)
    return report
  }
  const isToTakeBack = (change: Change) => isFromRecord || wasTouched(change, journal.entries)
  const takeBack = async (changes: Change[], everything: boolean, renewed?: ReadonlyMap<string, string>) => {
    for (const change of changes.toReversed())
      if (isToTakeBack(change)) await step(renewed ? asRenewed(change, renewed) : change, 'undo', everything)
  }
  // What was made for the time of the run is made again only while a check is to come, which rests on it.
  const isToMake = ({ id, temporary }: Change) => {
    const states = new Map(stepsOf(plan, journal.entries).map(({ change, state }) => [change, state]))
    const state = states.get(id) ?? 'planned'
    if (!isDone(state)) return true
    const isOpen = (other: Change) => other.gate !== undefined && !isDone(states.get(other.id) ?? 'planned')
    return temporary === true && state !== 'applied' && plan.changes.some(isOpen)
  }

  const stateNow = (): RunState => {
    const steps = stepsOf(plan, journal.entries)
    if (!isUndo) return stateOfRun(plan, steps)
    const state = stateOfUndo(steps.filter((_, index) => isToTakeBack(plan.changes[index] as Change)))
    return state === 'undone' && unreleased(journal.entries).length > 0 ? 'partly-undone' : state
  }

  return {
    plan,
    async apply(gates = {}) {
      isUndo = false
      for (const change of plan.changes) {
        if (!isToMake(change)) continue
        const gate = change.gate === undefined ? undefined : await gates[change.gate]?.()
        if (change.gate !== undefined) {
          const data = {
            change: change.id,
            gate: change.gate,
            ok: gate?.ok ?? false,
            why: gate?.why ?? 'there is nobody to ask',
          }
          await journal.append({ type: 'note', kind: 'gate', data })
          if (!data.ok) {
            own.warn(`${describeRef(change.ref)}: stopped before "${change.why}": ${data.why}`)
            return
          }
        }
        const { state } = await step(change, 'apply')
        if (state === 'failed' && change.optional)
          own.warn(`${describeRef(change.ref)}: not done, the run goes on without it`)
        else if (state === 'failed' || state === 'unsettled') return
      }
    },
    async extra(change) {
      await journal.append({ type: 'note', kind: 'extra', data: change as unknown as Json })
      return await step(change, 'apply')
    },
    extraUndo: async (change) => await step(change, 'undo'),
    cleanUp: async () =>
      await takeBack([...plan.changes.filter(({ temporary }) => temporary), ...leftExtras(journal.entries)], false),
    async undo({ everything = false } = {}) {
      isUndo = true
      const changes = [...plan.changes, ...leftExtras(journal.entries)]
      await takeBack(changes, everything, await renewedUids(engine))
      isRemoved = stateNow() === 'undone'
      if (isRemoved) await held.remove()
    },
    note: async (kind, data) => await journal.append({ type: 'note', kind, data }),
    steps: () => stepsOf(plan, journal.entries),
    async close() {
      const state = stateNow()
      // As it stands before the end is written: that says no more of the steps.
      const report = reportOf(plan, journal.entries, state, warnings)
      if (!isRemoved)
        await held.release().catch((error: unknown) => own.warn(`the lease stays until it expires: ${String(error)}`))
      // Whoever goes on once there is room must find the lock free.
      await journal.append({ type: 'end', state }).finally(journal.close)
      return report
    },
  }
}

function isDone(state: StepReport['state']): boolean {
  return ['applied', 'already', 'undone', 'gone'].includes(state)
}
