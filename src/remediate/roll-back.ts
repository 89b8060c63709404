import { SecureError } from '../errors.ts'
import { asJson, controllerOf, listAt, metaOf, type Raw, recordAt, specOf, textAt } from '../isolation/raw.ts'
import type { Json } from '../change/plan.ts'
import type { Remedy } from './remedy.ts'
import { refOf } from './workload.ts'

/** A revision of a Deployment that is still there, and the images it ran. */
export type Revision = { revision: number; images: string[]; createdAt: string; current: boolean }

const revisionAnnotation = 'deployment.kubernetes.io/revision'
// The controller's own: of one ReplicaSet. Source: deployment/util, GetNewReplicaSetTemplate.
const hash = 'pod-template-hash'

/** Its revisions, the newest first, of the ReplicaSets of its namespace. */
export function revisionsOf(deployment: Raw, replicaSets: readonly Raw[]): Revision[] {
  const current = revisionOf(deployment)
  return ownedBy(deployment, replicaSets)
    .map((raw) => ({
      revision: revisionOf(raw),
      images: imagesOf(recordAt(recordAt(raw, 'spec'), 'template')),
      createdAt: textAt(recordAt(raw, 'metadata'), 'creationTimestamp'),
      current: revisionOf(raw) === current,
    }))
    .filter(({ revision }) => revision > 0)
    .sort((one, other) => other.revision - one.revision)
}

/**
 * Gives a Deployment the pod template of an earlier revision, as `kubectl rollout undo --to-revision` does. Undo gives it the present one again.
 * Throws SecureError `not-found` where that revision is gone.
 */
export function rollBack(deployment: Raw, replicaSets: readonly Raw[], revision: number): Remedy {
  const found = ownedBy(deployment, replicaSets).find((raw) => revisionOf(raw) === revision)
  const { name } = metaOf(deployment)
  if (!found) {
    const there = revisionsOf(deployment, replicaSets).map((one) => one.revision)
    throw new SecureError('not-found', `Deployment ${name} has no revision ${revision}`, {
      hint: there.length > 0 ? `there are ${there.join(', ')}` : 'its ReplicaSets are gone, or may not be read',
    })
  }
  const after = withoutHash(recordAt(specOf(found), 'template'))
  const before = asJson(specOf(deployment)['template'])
  const paused = specOf(deployment)['paused'] === true
  return {
    changes: [
      {
        id: 'roll-back',
        do: 'patch',
        why: `its pods are those of revision ${revision} again: ${imagesOf(after as Raw).join(', ')}`,
        risk: 'its present pods are replaced: what is in their memory is gone',
        ref: refOf(deployment),
        edits: [{ path: ['spec', 'template'], before, after, restore: 'always' }],
      },
    ],
    notes: paused ? [`Deployment ${name} is paused: nothing is rolled out until it goes on`] : [],
  }
}

function ownedBy(deployment: Raw, replicaSets: readonly Raw[]): Raw[] {
  const { uid } = metaOf(deployment)
  return replicaSets.filter((raw) => controllerOf(raw)?.uid === uid)
}

function revisionOf(raw: Raw): number {
  const revision = Number(metaOf(raw).annotations[revisionAnnotation])
  return Number.isSafeInteger(revision) ? revision : 0
}

function imagesOf(template: Raw): string[] {
  const spec = recordAt(template, 'spec')
  return [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')].map((container) =>
    textAt(container, 'image'),
  )
}

function withoutHash(template: Raw): Json {
  const copy = structuredClone(template)
  delete recordAt(recordAt(copy, 'metadata'), 'labels')[hash]
  return asJson(copy)
}
