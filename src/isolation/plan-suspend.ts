import type { PatchChange } from '../change/plan.ts'
import { listAt, metaOf, type Raw, specOf, statusOf, textAt } from './raw.ts'
import { gates, type Scene } from './scene.ts'

/**
 * A CronJob is suspended at once: that starts nothing new and ends nothing. A Job is suspended only after its pods were taken off
 * it, since a Job that is suspended deletes its active pods (KEP-2232).
 */
export function planSuspend(scene: Scene): { first: PatchChange[]; last: PatchChange[] } {
  const named = (kind: string) =>
    scene.owners.filter(
      (raw) => raw['kind'] === kind && isMeant(scene, raw) && specOf(raw)['suspend'] !== true && !isFinished(raw),
    )
  return {
    first: named('CronJob').map((raw, index) =>
      suspendChange(`suspend-cronjob-${index + 1}`, raw, 'no further job is started'),
    ),
    last: named('Job').map((raw, index) => ({
      ...suspendChange(`suspend-job-${index + 1}`, raw, 'the job starts no pod in place of those taken off it'),
      gate: gates.released,
      risk: "active pods that are still the job's own are deleted",
    })),
  }
}

/** Whether a Job has come to its end: it starts no pod any more. */
export function isFinished(raw: Raw): boolean {
  return listAt(statusOf(raw), 'conditions').some(
    (one) => ['Complete', 'Failed'].includes(textAt(one, 'type')) && textAt(one, 'status') === 'True',
  )
}

// A pod alone as the target leaves the other pods of its Job at work.
function isMeant({ target }: Scene, raw: Raw): boolean {
  const { uid, owners } = metaOf(raw)
  return target.some((one) => one.uid === uid || owners.some((owner) => owner.controller && owner.uid === one.uid))
}

function suspendChange(id: string, raw: Raw, why: string): PatchChange {
  const { name, namespace, uid } = metaOf(raw)
  const kind = String(raw['kind'])
  const before = specOf(raw)['suspend']
  return {
    id,
    do: 'patch',
    why,
    ref: { apiVersion: 'batch/v1', kind, resource: `${kind.toLowerCase()}s`, namespace, name, uid },
    edits: [
      { path: ['spec', 'suspend'], ...(typeof before === 'boolean' ? { before } : {}), after: true, restore: 'always' },
    ],
  }
}
