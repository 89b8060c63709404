import type { Cluster } from '../cluster/cluster.ts'
import { SecureError } from '../errors.ts'
import { enforcementOf } from '../network/enforcer.ts'
import type { Enforcer } from '../network/model.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { Kind } from './get.ts'
import type { ServedGroups } from './scene.ts'

/** The kinds of policies beside NetworkPolicy, and Calico's tiers, that decide where those stand. */
const policyKinds: (Kind & { namespaced: boolean })[] = [
  ...['crd.projectcalico.org/v1', 'projectcalico.org/v3'].flatMap((apiVersion) => [
    { apiVersion, kind: 'NetworkPolicy', resource: 'networkpolicies', namespaced: true },
    { apiVersion, kind: 'GlobalNetworkPolicy', resource: 'globalnetworkpolicies', namespaced: false },
    { apiVersion, kind: 'Tier', resource: 'tiers', namespaced: false },
  ]),
  ...(
    [
      ['v1alpha1', 'AdminNetworkPolicy', 'adminnetworkpolicies'],
      ['v1alpha1', 'BaselineAdminNetworkPolicy', 'baselineadminnetworkpolicies'],
      ['v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies'],
    ] as const
  ).map(([version, kind, resource]) => ({
    apiVersion: `policy.networking.k8s.io/${version}`,
    kind,
    resource,
    namespaced: false,
  })),
  { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', resource: 'ciliumnetworkpolicies', namespaced: true },
  {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumClusterwideNetworkPolicy',
    resource: 'ciliumclusterwidenetworkpolicies',
    namespaced: false,
  },
]

/** Those that a cluster serves. Calico serves the same objects under both of its groups: one of them is enough. */
export function servedPolicyKinds(served: ServedGroups): typeof policyKinds {
  const stored = [...served].some((group) => group.startsWith('crd.projectcalico.org/'))
  return policyKinds.filter(
    ({ apiVersion }) => served.has(apiVersion) && !(stored && apiVersion.startsWith('projectcalico.org/')),
  )
}

type GroupList = { groups?: { versions?: { groupVersion?: unknown }[] }[] }

/** The groups and versions that a cluster serves: one small request, where the whole of discovery would be a large one. */
export async function readServed(cluster: Cluster, gaps: Gap[]): Promise<ServedGroups> {
  try {
    const { groups = [] } = await cluster.json<GroupList>({ path: '/apis' })
    return new Set(
      groups.flatMap(({ versions = [] }) =>
        versions.flatMap(({ groupVersion }) => (typeof groupVersion === 'string' ? [groupVersion] : [])),
      ),
    )
  } catch (error) {
    if (!(error instanceof SecureError) || error.code !== 'forbidden') throw error
    gaps.push({
      what: 'get /apis',
      resource: 'policies',
      why: error.message,
      hides: 'policies of other kinds than NetworkPolicy',
    })
    return new Set()
  }
}

/** Who carries policies out, as far as the API's groups tell: the pods of agents, and the proof, come later. */
export function enforcerOf(served: ServedGroups): Enforcer {
  const groups = new Set([...served].map((entry) => entry.slice(0, entry.indexOf('/'))))
  return enforcementOf([], { groups }).enforcer
}
