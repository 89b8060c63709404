import type { Powers } from '../attack/powers.ts'
import { scopeOf } from '../rbac/rbac-index.ts'
import type { Role, Subject } from '../snapshot/objects.ts'
import type { Bond } from './holdings.ts'
import { powers, write } from './rules/powers.ts'

const creating = [
  ...powers({ resources: ['pods', 'replicationcontrollers'], verbs: ['create'] }),
  ...powers({ group: 'apps', resources: ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], verbs: write }),
  ...powers({ group: 'batch', resources: ['jobs', 'cronjobs'], verbs: write }),
]

/**
 * Who, beside the cluster's own, was given the right to create pods in a namespace. Who has it in the whole cluster is a finding of its own, of every
 * namespace without labels at once.
 */
export function creatorsOf(bonds: readonly Bond[], held: Powers): (namespace: string) => Subject[] {
  const known = new Map<Role, boolean>()
  const isCreating = (role: Role) => {
    let creates = known.get(role)
    if (creates === undefined)
      known.set(role, (creates = creating.some((power) => held.of(role, '*', power).length > 0)))
    return creates
  }
  const byScope = new Map<string, Map<string, Subject>>()
  for (const { bound, subjects, isOwnRole } of bonds) {
    const { binding, role } = bound
    const scope = scopeOf(binding)
    if (scope === '*' || !role || !isCreating(role)) continue
    let inside = byScope.get(scope)
    if (!inside) byScope.set(scope, (inside = new Map()))
    for (const { subject, key, isAdded } of subjects) if (isAdded || !isOwnRole) inside.set(key, subject)
  }
  return (namespace) => [...(byScope.get(namespace)?.values() ?? [])]
}
