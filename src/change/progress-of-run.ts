import { apiVersion } from '../snapshot/snapshot.ts'
import { cutsNetwork, nameOf, stillCut, unreleased } from './cut-off.ts'
import type { Recorded } from './journal/journal.ts'
import type { Change, Plan } from './plan.ts'
import { irreversibleOf } from './preview.ts'
import type { RunReport, RunState, StepReport, StepState } from './reports.ts'

/** The entries on each change, in their order: once over the journal, which has three for every change. */
export function byChange(entries: readonly Recorded[]): (change: Change) => Recorded[] {
  const groups = Map.groupBy(entries, (entry) => ('change' in entry ? entry.change : undefined))
  return ({ id }) => groups.get(id) ?? []
}

/** How far a run came, as its journal tells: the last word on each change. */
export function stepsOf(plan: Plan, entries: readonly Recorded[]): StepReport[] {
  const entriesOn = byChange(entries)
  const cut = new Set(unreleased(entries).map(({ pod }) => pod))
  return plan.changes.map((change) => {
    const mine = entriesOn(change)
    const last = mine.at(-1)
    const uid = uidOf(change, mine)
    const head = { change: change.id, do: change.do, ref: { ...change.ref, ...(uid !== undefined && { uid }) } }
    if (!last) return { ...head, state: 'planned' }
    if (last.type !== 'result') return { ...head, state: 'unsettled', why: 'the run ended before its result was known' }
    if (last.outcome === 'undone' && cutsNetwork(change) && cut.has(nameOf(change) ?? ''))
      return { ...head, state: 'partly-undone', why: 'the pod stays cut off from its network' }
    return {
      ...head,
      state: last.outcome satisfies StepState,
      ...(last.why !== undefined && { why: last.why }),
      ...(last.left !== undefined && { left: last.left }),
    }
  })
}

export function isUndone(entry: Recorded): boolean {
  return entry.type === 'result' && (entry.outcome === 'undone' || entry.outcome === 'gone')
}

/** Whether the journal is of a run that was taken up from the record in the cluster: what was made is not known. */
export function isFromRecord(entries: readonly Recorded[]): boolean {
  return entries[0]?.type === 'begin' && entries[0].fromRecord !== undefined
}

/** Whether undo came last: a run that was cut off in it is not to be applied again. */
export function wasUndoing({ changes }: Plan, entries: readonly Recorded[]): boolean {
  const ids = new Set(changes.map(({ id }) => id))
  const last = entries.findLast(
    (entry) =>
      (entry.type === 'note' && entry.kind === 'undo') ||
      (entry.type === 'intent' && entry.way === 'apply' && ids.has(entry.change)),
  )
  return last?.type === 'note'
}

/** What the run made beside its plan, for a moment, and may not have taken back: the helpers of an undo. */
export function leftExtras(entries: readonly Recorded[]): Change[] {
  const extras = entries.flatMap((entry) =>
    entry.type === 'note' && entry.kind === 'extra' ? [entry.data as unknown as Change] : [],
  )
  return extras.filter(({ id, temporary }) => {
    const last = entries.findLast((entry) => 'change' in entry && entry.change === id)
    return temporary && last && !isUndone(last)
  })
}

/** The uid of the object of a change, as far as these entries on it tell. */
export function uidOf(change: Change, entries: readonly Recorded[]): string | undefined {
  if ('uid' in change.ref) return change.ref.uid
  for (const entry of entries.toReversed()) {
    if (entry.type === 'result' && entry.way === 'apply' && entry.object) return entry.object.uid
  }
  return undefined
}

/** Whether undo has anything to do with a change: it was tried, and not already so before us. */
export function wasTouched(change: Change, entries: readonly Recorded[]): boolean {
  return entries.some((entry) => entry.type === 'intent' && entry.change === change.id && entry.way === 'apply')
}

/** Whether all that a run did is taken back: there is nothing left to undo, `everything` or but for what is given back on request. */
export function isTakenBack(plan: Plan, entries: readonly Recorded[], everything: boolean): boolean {
  const entriesOn = byChange(entries)
  return (
    unreleased(entries).length === 0 &&
    plan.changes.every((change) => {
      const mine = entriesOn(change)
      const last = mine.at(-1)
      return (
        (!isFromRecord(entries) && !wasTouched(change, mine)) ||
        (last?.type === 'result' &&
          (last.outcome === 'undone' || last.outcome === 'gone') &&
          !(everything && last.left))
      )
    })
  )
}

/** The state of a run that was applied, by that of its steps. */
export function stateOfRun({ changes }: Plan, steps: StepReport[]): RunState {
  const having = (what: 'optional' | 'temporary') => new Set(changes.flatMap((one) => (one[what] ? [one.id] : [])))
  const [optional, temporary] = [having('optional'), having('temporary')]
  const counted = steps.filter(({ change, state }) => state !== 'failed' || !optional.has(change))
  const states = new Set(counted.map(({ state }) => state))
  // What is for the time of the run alone is still there: it did not come to its end.
  if (states.has('unsettled') || counted.some(({ change, state }) => state === 'applied' && temporary.has(change)))
    return 'unfinished'
  if (states.has('failed')) return 'failed'
  return states.has('planned') ? 'stopped' : 'applied'
}

/** The state of a run that was taken back, by that of the steps that were to be. */
export function stateOfUndo(steps: StepReport[]): RunState {
  const states = new Set(steps.map(({ state }) => state))
  if (states.has('unsettled')) return 'unfinished'
  if (states.has('failed')) return 'failed'
  if (steps.some(({ state }) => !['undone', 'gone', 'partly-undone'].includes(state))) return 'unfinished'
  return states.has('partly-undone') ? 'partly-undone' : 'undone'
}

/** How a run stands, for people and for `-o json`. */
export function reportOf(plan: Plan, entries: readonly Recorded[], state: RunState, warnings: string[]): RunReport {
  const steps = stepsOf(plan, entries)
  const irreversible = [...stillCut(plan, entries), ...irreversibleOf(plan)]
  return { apiVersion, kind: 'RunReport', plan: plan.id, state, steps, irreversible, warnings }
}
