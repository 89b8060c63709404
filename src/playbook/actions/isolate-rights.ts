import type { Json } from '../../change/plan.ts'
import type { Right } from '../model.ts'
import { bindingTypes, may, policyTypes, roleTypes } from './rights.ts'
import { pinIn } from './values.ts'

const optional = true as const

/** What isolate reads and writes; what it goes without is optional, as it is left out where it would be refused. */
export function isolateRights(
  target: readonly Json[] | undefined,
  { sever, cordon }: { sever: boolean | undefined; cordon: boolean | undefined },
  stateNamespace: string,
): Right[] {
  const spaces = new Set(target?.map(pinIn).map((pin) => (pin?.kind === 'Namespace' ? pin.name : pin?.namespace)))
  const namespace = spaces.size === 1 ? [...spaces][0] : undefined
  const isNode = target?.some((one) => pinIn(one)?.kind === 'Node') ?? true
  const own = { namespace }
  return [
    ...may('get patch', 'pods', own),
    ...may('get create delete', policyTypes, own),
    ...may('list', `pods services ${policyTypes}`, own),
    ...may('get', 'deployments.apps statefulsets.apps daemonsets.apps replicasets.apps', own),
    ...may('get patch', 'jobs.batch cronjobs.batch', own),
    ...(isNode || cordon ? may('get patch', 'nodes') : []),
    // Canaries, in its namespace and in that of the records; and what cuts connections, in the pod or on its node.
    ...may('get create delete', 'pods', { ...own, optional }),
    ...may('get create', 'pods/exec', { ...own, optional }),
    ...may('get', 'pods/log', { ...own, optional }),
    ...may('get create delete', 'pods', { namespace: stateNamespace, optional }),
    ...may('get create', 'pods/exec', { namespace: stateNamespace, optional }),
    ...may('get', 'pods/log', { namespace: stateNamespace, optional }),
    ...(sever === false ? [] : may('patch', 'pods/ephemeralcontainers', { ...own, optional })),
    // What labels alone leave open is closed above the policies of others, and the verdict needs to see all of them.
    ...overlays,
    ...reads,
  ]
}

const overlays = [
  ...may('list get create delete', 'adminnetworkpolicies.policy.networking.k8s.io', { optional }),
  ...may('list get create delete', 'clusternetworkpolicies.policy.networking.k8s.io', { optional }),
  ...may('list get create delete', 'globalnetworkpolicies.crd.projectcalico.org', { optional }),
  ...may('list get create delete', 'tiers.crd.projectcalico.org', { optional }),
  ...may('list get create delete', 'ciliumnetworkpolicies.cilium.io', { optional }),
  ...may('list get create delete', 'ciliumclusterwidenetworkpolicies.cilium.io', { optional }),
]

const reads = [
  ...may('list', `pods namespaces nodes services persistentvolumeclaims ${policyTypes}`, { optional }),
  ...may('get', 'namespaces', { optional }),
  ...may('list', 'poddisruptionbudgets.policy horizontalpodautoscalers.autoscaling', { optional }),
  ...may('list', `${bindingTypes} ${roleTypes}`, { optional }),
]
