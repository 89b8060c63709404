import type { Cluster } from '../cluster/cluster.ts'
import { discover } from '../cluster/discovery.ts'
import { groupOf, manifestObjects } from './manifest-objects.ts'
import { isRefused, type Reader, readerOf } from './reader.ts'
import type { Gap } from './snapshot.ts'

type Raw = Record<string, unknown>

/** The objects that questions on the network are asked of, as the API has them. */
export type NetworkObjects = {
  objects: Raw[]
  /** Kinds that could not be read: what they hold is not known. */
  unread: string[]
  /** API groups that the cluster serves, or that the files have objects of: they tell who enforces policies. */
  groups: Set<string>
  gaps: Gap[]
}

const kinds: { group: string; resource: string; kind: string }[] = [
  { group: '', resource: 'pods', kind: 'Pod' },
  { group: '', resource: 'namespaces', kind: 'Namespace' },
  { group: '', resource: 'nodes', kind: 'Node' },
  { group: '', resource: 'serviceaccounts', kind: 'ServiceAccount' },
  { group: 'networking.k8s.io', resource: 'networkpolicies', kind: 'NetworkPolicy' },
  { group: 'policy.networking.k8s.io', resource: 'adminnetworkpolicies', kind: 'AdminNetworkPolicy' },
  { group: 'policy.networking.k8s.io', resource: 'baselineadminnetworkpolicies', kind: 'BaselineAdminNetworkPolicy' },
  { group: 'policy.networking.k8s.io', resource: 'clusternetworkpolicies', kind: 'ClusterNetworkPolicy' },
  ...['crd.projectcalico.org', 'projectcalico.org'].flatMap((group) => [
    { group, resource: 'networkpolicies', kind: 'NetworkPolicy' },
    { group, resource: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy' },
    { group, resource: 'tiers', kind: 'Tier' },
    { group, resource: 'networksets', kind: 'NetworkSet' },
    { group, resource: 'globalnetworksets', kind: 'GlobalNetworkSet' },
    { group, resource: 'hostendpoints', kind: 'HostEndpoint' },
  ]),
  { group: 'cilium.io', resource: 'ciliumnetworkpolicies', kind: 'CiliumNetworkPolicy' },
  { group: 'cilium.io', resource: 'ciliumclusterwidenetworkpolicies', kind: 'CiliumClusterwideNetworkPolicy' },
]

const ciliumConfig = 'cilium-config'

/** Reads them from a cluster: every kind that discovery has. What is refused is a gap, and unread. */
export async function networkObjectsFromCluster(
  cluster: Cluster,
  onProgress: (objects: number) => void,
): Promise<NetworkObjects> {
  const { resources } = await discover(cluster)
  const found: NetworkObjects = {
    objects: [],
    unread: [],
    groups: new Set(resources.map(({ group }) => group)),
    gaps: [],
  }
  const reader = readerOf(cluster, onProgress, found.gaps)
  // Calico serves the same objects under both of its groups: one of them is enough.
  const isTwice = (group: string) => group === 'projectcalico.org' && found.groups.has('crd.projectcalico.org')
  const lists = kinds.map(async ({ group, resource, kind }) => {
    const served = resources.find((entry) => entry.group === group && entry.resource === resource)
    if (!served || isTwice(group)) return
    const apiVersion = group === '' ? served.version : `${group}/${served.version}`
    const path = group === '' ? `/api/${served.version}/${resource}` : `/apis/${apiVersion}/${resource}`
    // In a list objects leave out their own kind.
    const list = await reader.list(path, (raw) => ({ ...raw, apiVersion, kind }))
    if (!isRefused(list)) {
      for (const object of list) found.objects.push(object)
      return
    }
    found.unread.push(kind)
    found.gaps.push({ what: `list ${resource}`, resource, why: list.refused, hides: 'who reaches whom through them' })
  })
  await Promise.all([...lists, ...(found.groups.has('cilium.io') ? [readCiliumConfig(reader, found)] : [])])
  return found
}

// It can tell Cilium to enforce nothing. Who may not see it gets the same answers, so a refusal is no gap.
async function readCiliumConfig(reader: Reader, { objects }: NetworkObjects): Promise<void> {
  const config = await reader.get(`/api/v1/namespaces/kube-system/configmaps/${ciliumConfig}`, (raw) => raw)
  if (config !== undefined && !isRefused(config)) objects.push({ ...config, apiVersion: 'v1', kind: 'ConfigMap' })
}

/** Reads them from files of manifests. */
export async function networkObjectsFromFiles(paths: string[]): Promise<NetworkObjects> {
  const found: NetworkObjects = { objects: [], unread: [], groups: new Set(), gaps: [] }
  const wanted = new Set(kinds.map(({ group, kind }) => `${group}/${kind}`))
  const reading = {
    isRead: (kind: string) => wanted.has(kind) || kind === '/ConfigMap',
    addGap: (what: string, why: string) =>
      found.gaps.push({ what, why, hides: 'whatever that document allows or denies' }),
  }
  for await (const { raw } of manifestObjects(paths, reading)) {
    const group = groupOf(raw['apiVersion'])
    found.groups.add(group)
    if (wanted.has(`${group}/${String(raw['kind'])}`) || isCiliumConfig(raw)) found.objects.push(raw)
  }
  return found
}

function isCiliumConfig(raw: Raw): boolean {
  const metadata = raw['metadata'] as { name?: unknown } | null | undefined
  return raw['apiVersion'] === 'v1' && raw['kind'] === 'ConfigMap' && metadata?.name === ciliumConfig
}
