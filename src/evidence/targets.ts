import type { ApiResource } from '../cluster/discovery.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { SecureError } from '../errors.ts'
import { listRequestPath, type RawList } from '../snapshot/bundle-layout.ts'
import { ownersOf, podRefOf, recordAt } from './pod-ref.ts'
import type { PodRef } from './request.ts'

type Raw = Record<string, unknown>

/** Where targets are looked for; `get`: reads one object, and keeps it where it is evidence. */
export type Place = {
  cluster: Cluster
  namespace: string
  get(list: RawList, name: string): Promise<Raw>
}

/**
 * The pods that a target means. Those of a workload are found by their owners' uids and never by
 * labels, which whoever may patch pods can forge. Throws SecureError: `usage`, `not-found`.
 */
export async function podsOfTarget(place: Place, resources: ApiResource[], target: string): Promise<Raw[]> {
  const { type, name } = parseTarget(target)
  const kind = kindNamed(resources, type)
  if (!kind) throw new SecureError('usage', `the cluster has no type ${JSON.stringify(type)} (${target})`)
  const namespace = kind.namespaced ? place.namespace : undefined
  const object = await place.get({ ...kind, namespace }, name)
  if (kind.group === '' && kind.resource === 'pods') return [object]
  const pods = await livePods(place, kind.namespaced ? namespace : undefined)
  if (kind.group === '' && kind.resource === 'nodes')
    return pods.filter((pod) => recordAt(pod, 'spec')['nodeName'] === name)
  if (kind.group === '' && kind.resource === 'serviceaccounts')
    return pods.filter((pod) => recordAt(pod, 'spec')['serviceAccountName'] === name)
  const uids = new Set([String(recordAt(object, 'metadata')['uid'])])
  // What stands between a workload and its pods.
  const between = resources.filter(
    ({ group, resource }) => `${group}/${resource}` === 'apps/replicasets' || `${group}/${resource}` === 'batch/jobs',
  )
  for (const one of between) {
    await list(place.cluster, listRequestPath({ ...one, namespace }), (raw) => {
      const uid = recordAt(raw, 'metadata')['uid']
      if (ownersOf(raw).some((owner) => uids.has(owner.uid)) && typeof uid === 'string') uids.add(uid)
    })
  }
  return pods.filter((pod) => ownersOf(pod).some(({ uid }) => uids.has(uid)))
}

/** TYPE/NAME. Throws SecureError `usage`. */
export function parseTarget(target: string): { type: string; name: string } {
  const [, type, name] = /^([^/]+)\/([^/]+)$/.exec(target) ?? []
  if (type === undefined || name === undefined)
    throw new SecureError('usage', `${JSON.stringify(target)} is not TYPE/NAME`, {
      hint: 'Such as pod/api-0, deployment/api or node/worker-1.',
    })
  return { type, name }
}

export function refsOf(pods: Raw[]): PodRef[] {
  return pods.map(podRefOf).filter((ref) => ref !== undefined)
}

function kindNamed(resources: ApiResource[], typed: string): ApiResource | undefined {
  const type = typed.toLowerCase()
  return resources.find(
    ({ group, resource, singular, kind, shortNames }) =>
      [resource, singular, kind.toLowerCase(), ...shortNames].includes(type) || `${resource}.${group}` === type,
  )
}

async function livePods({ cluster }: Place, namespace: string | undefined): Promise<Raw[]> {
  const path = listRequestPath({ group: '', version: 'v1', resource: 'pods', namespace })
  return (await list(cluster, path, (raw) => raw)).items
}
