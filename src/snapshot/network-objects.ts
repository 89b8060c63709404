import type { Cluster } from '../cluster/cluster.ts'
import { discover } from '../cluster/discovery.ts'
import { groupOf } from '../cluster/object-path.ts'
import { manifestObjects } from './manifest-objects.ts'
import { liveOrigin, type Origin } from './origin.ts'
import { ciliumConfig, networkKinds } from './question-kinds.ts'
import { isRefused, type Reader } from './reader.ts'
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

/** Reads them from a cluster: every kind that discovery has. What is refused is a gap, and unread. */
export async function networkObjectsFromCluster(
  cluster: Cluster,
  onProgress: (objects: number) => void,
): Promise<NetworkObjects> {
  return await networkObjectsFrom(liveOrigin(cluster, onProgress))
}

/** The same of a cluster that lives or that a bundle has. */
export async function networkObjectsFrom(origin: Origin): Promise<NetworkObjects> {
  const { resources } = await discover(origin.cluster)
  const found: NetworkObjects = {
    objects: [],
    unread: [],
    groups: new Set(resources.map(({ group }) => group)),
    gaps: [],
  }
  const reader = origin.reader(found.gaps, () => Promise.resolve(networkKinds))
  // Calico serves the same objects under both of its groups: one of them is enough.
  const isTwice = (group: string) => group === 'projectcalico.org' && found.groups.has('crd.projectcalico.org')
  const lists = networkKinds.map(async ({ group, resource, kind }) => {
    const served = resources.find((entry) => entry.group === group && entry.resource === resource)
    if (!served || isTwice(group)) return undefined
    const apiVersion = group === '' ? served.version : `${group}/${served.version}`
    const path = group === '' ? `/api/${served.version}/${resource}` : `/apis/${apiVersion}/${resource}`
    // In a list objects leave out their own kind.
    return { kind, resource, list: await reader.list(path, (raw) => ({ ...raw, apiVersion, kind })) }
  })
  const config = found.groups.has('cilium.io') ? readCiliumConfig(reader) : []
  const [read, configs] = await Promise.all([Promise.all(lists), config])
  // Not in the order in which answers came: the same question of the same cluster has the same answer.
  for (const one of read) {
    if (!one) continue
    const { kind, resource, list } = one
    for (const object of isRefused(list) ? (list.part ?? []) : list) found.objects.push(object)
    if (!isRefused(list)) continue
    found.unread.push(kind)
    found.gaps.push({ what: `list ${resource}`, resource, why: list.refused, hides: 'who reaches whom through them' })
  }
  found.objects.push(...configs)
  return found
}

// It can tell Cilium to enforce nothing. Who may not see it gets the same answers, so a refusal is no gap.
async function readCiliumConfig(reader: Reader): Promise<Raw[]> {
  const { namespace, resource, name } = ciliumConfig
  const config = await reader.get(`/api/v1/namespaces/${namespace}/${resource}/${name}`, (raw) => raw)
  return config === undefined || isRefused(config) ? [] : [{ ...config, apiVersion: 'v1', kind: 'ConfigMap' }]
}

/** Reads them from files of manifests. */
export async function networkObjectsFromFiles(paths: string[]): Promise<NetworkObjects> {
  const found: NetworkObjects = { objects: [], unread: [], groups: new Set(), gaps: [] }
  const wanted = new Set(networkKinds.map(({ group, kind }) => `${group}/${kind}`))
  const reading = {
    isRead: (kind: string) => wanted.has(kind) || kind === '/ConfigMap',
    addGap: (what: string, why: string) =>
      found.gaps.push({ what, why, hides: 'whatever that document allows or denies' }),
  }
  for await (const { raw } of manifestObjects(paths, reading)) {
    const group = groupOf(String(raw['apiVersion']))
    found.groups.add(group)
    if (wanted.has(`${group}/${String(raw['kind'])}`) || isCiliumConfig(raw)) found.objects.push(raw)
  }
  return found
}

function isCiliumConfig(raw: Raw): boolean {
  const metadata = raw['metadata'] as { name?: unknown } | null | undefined
  return raw['apiVersion'] === 'v1' && raw['kind'] === 'ConfigMap' && metadata?.name === ciliumConfig.name
}
