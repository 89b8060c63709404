import { type Getter, kinds } from './get.ts'
import { type Raw, recordAt, textAt } from './raw.ts'
import { enforcerOf } from './served.ts'
import type { IsolateOptions, ServedGroups } from './scene.ts'

export function needsDns({ allowFrom = [], allowTo = [] }: IsolateOptions): boolean {
  return [...allowFrom, ...allowTo].some(({ kind }) => kind === 'dns')
}

export async function readDns(get: Getter): Promise<Raw | undefined> {
  const places = [
    ['kube-system', 'kube-dns'],
    ['kube-system', 'coredns'],
    ['openshift-dns', 'dns-default'],
  ] as const
  const found = await Promise.all(
    places.map(([namespace, name]) => get.maybe(kinds.services, namespace, name, "the cluster's DNS Service")),
  )
  return found.find((service) => service !== undefined)
}

export async function readBindings(get: Getter): Promise<Raw[]> {
  const hides = 'bindings that name the service account'
  const lists = [kinds.clusterRoleBindings, kinds.roleBindings].map((kind) =>
    get.all({ ...kind }, undefined, { hides }),
  )
  return (await Promise.all(lists)).flat()
}

export async function readTokenSecrets(get: Getter, namespace: string | undefined): Promise<Raw[]> {
  const query = `fieldSelector=${encodeURIComponent('type=kubernetes.io/service-account-token')}`
  return await get.heads(kinds.secrets, namespace, { query, hides: 'tokens of the service account that do not end' })
}

export async function readCiliumLabels(get: Getter, served: ServedGroups): Promise<string | undefined> {
  if (enforcerOf(served) !== 'cilium') return undefined
  const found = await get.maybe(
    kinds.configMaps,
    'kube-system',
    'cilium-config',
    "which labels are part of a pod's identity",
  )
  return found && textAt(recordAt(found, 'data'), 'labels')
}
