import type { Run } from './find-run.ts'
import type { ObjectRef, Plan } from './plan.ts'
import { stepsOf } from './progress-of-run.ts'

/** The runs that were taken back but for what this one, which is undone now, had rested on: undo of each can be finished. Pure. */
export function waitingFor({ id, changes }: Plan, runs: readonly Run[]): string[] {
  const touched = new Set(changes.map(({ ref }) => keyOf(ref)))
  const waits = ({ plan, entries }: Run) =>
    plan.id !== id &&
    stepsOf(plan, entries).some(
      ({ ref, left = [] }) => touched.has(keyOf(ref)) && left.some(({ how }) => how === 'held'),
    )
  return runs.filter(waits).map(({ plan }) => plan.id)
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return JSON.stringify([apiVersion, kind, namespace, name])
}
