import type { Edit } from '../change/plan.ts'
import { controllerOf, metaOf, type OwnerRef, type Raw, listAt, recordAt, specOf, stringsAt, textAt } from './raw.ts'

/**
 * What the owner of a pod means for its labels. `detach`: it owns the pod by labels that are taken off, and puts another one in
 * its place. `keep`: it owns the pod by labels that stay, as name, volumes or order would be lost. `hands-off`: nobody here knows
 * what it does when any label changes.
 */
export type Ownership = {
  how: 'none' | 'detach' | 'keep' | 'hands-off'
  ref?: OwnerRef
  /** The labels that it owns the pod by. */
  keys: string[]
  /** Those among them without which it cannot take the pod back. */
  holding: string[]
}

/** Labels that a controller puts on its pods and looks at, besides those it selects by. */
const own: Record<string, string[]> = {
  StatefulSet: ['statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index', 'controller-revision-hash'],
  DaemonSet: ['controller-revision-hash', 'pod-template-generation'],
  // Of both spellings; a Job selects by the first.
  Job: ['batch.kubernetes.io/controller-uid', 'controller-uid', 'batch.kubernetes.io/job-name', 'job-name'],
}
const detached = new Set(['ReplicaSet', 'ReplicationController', 'Job'])
const builtIn: Record<string, string> = {
  ReplicaSet: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  ReplicationController: '',
}

/**
 * `mayDetach` is false where the enforcer may lose pods without an owner. `owner` is the controller as read; where it could not
 * be read, its selector is not known.
 */
export function ownershipOf(pod: Raw, owners: Raw[], mayDetach: boolean): Ownership {
  const ref = controllerOf(pod)
  if (!ref) return { how: 'none', keys: [], holding: [] }
  const owner = owners.find((raw) => metaOf(raw).uid === ref.uid)
  const group = ref.apiVersion.includes('/') ? ref.apiVersion.slice(0, ref.apiVersion.indexOf('/')) : ''
  // A kind of that name in somebody else's group is somebody else's.
  if (builtIn[ref.kind] !== group || !owner) return { how: 'hands-off', ref, keys: [], holding: [] }
  const selected = selectorKeys(owner, ref.kind)
  const { labels } = metaOf(pod)
  const keys = [...new Set([...selected, ...(own[ref.kind] ?? [])])].filter((key) => Object.hasOwn(labels, key))
  if (!detached.has(ref.kind) || !mayDetach) return { how: 'keep', ref, keys, holding: [] }
  // A Deployment's ReplicaSet cannot take a pod back without this one; others need all that they select by.
  const hash = 'pod-template-hash'
  const holding = selected.includes(hash) ? [hash] : selected
  return { how: 'detach', ref, keys, holding: holding.filter((key) => keys.includes(key)) }
}

function selectorKeys(owner: Raw, kind: string): string[] {
  // A ReplicationController's selector is a plain map.
  if (kind === 'ReplicationController') return Object.keys(stringsAt(specOf(owner), 'selector'))
  const selector = recordAt(specOf(owner), 'selector')
  return [
    ...Object.keys(stringsAt(selector, 'matchLabels')),
    ...listAt(selector, 'matchExpressions').map((expression) => textAt(expression, 'key')),
  ]
}

/** When undo gives a label back that was taken off. */
export function restoreOf(key: string, { how, holding }: Ownership): Edit['restore'] {
  // The pod gets its policies and Services back with the others; what its owner takes it back by only on request.
  return how === 'detach' && holding.includes(key) ? 'on-request' : 'unquarantined'
}
