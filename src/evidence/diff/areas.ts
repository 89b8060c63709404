/** What an object is about, in the order in which a responder wants to know. */
export const areas = ['rbac', 'admission', 'identity', 'workloads', 'network', 'nodes', 'pods', 'other'] as const
export type Area = (typeof areas)[number]

/** A type without its version: versions change, objects stay. */
export type Type = { group: string; resource: string }

export const typeKey = ({ group, resource }: Type): string => `${group}/${resource}`

const groups = new Map<string, Area>(
  Object.entries({
    'rbac.authorization.k8s.io': 'rbac',
    'admissionregistration.k8s.io': 'admission',
    'apiregistration.k8s.io': 'admission',
    'apiextensions.k8s.io': 'admission',
    'kyverno.io': 'admission',
    'policies.kyverno.io': 'admission',
    'templates.gatekeeper.sh': 'admission',
    'constraints.gatekeeper.sh': 'admission',
    'certificates.k8s.io': 'identity',
    apps: 'workloads',
    batch: 'workloads',
    'networking.k8s.io': 'network',
    'policy.networking.k8s.io': 'network',
    'crd.projectcalico.org': 'network',
    'projectcalico.org': 'network',
    'cilium.io': 'network',
    'discovery.k8s.io': 'network',
  }),
)
const core = new Map<string, Area>(
  Object.entries({
    serviceaccounts: 'identity',
    secrets: 'identity',
    replicationcontrollers: 'workloads',
    services: 'network',
    endpoints: 'network',
    nodes: 'nodes',
    pods: 'pods',
  }),
)

export function areaOf({ group, resource }: Type): Area {
  return (group === '' ? core.get(resource) : groups.get(group)) ?? 'other'
}

/** Types whose objects move by themselves, and say nothing of what is set up. */
export const leftOut: ReadonlySet<string> = new Set([
  '/events',
  'events.k8s.io/events',
  'coordination.k8s.io/leases',
  '/componentstatuses',
  'metrics.k8s.io/pods',
  'metrics.k8s.io/nodes',
])
