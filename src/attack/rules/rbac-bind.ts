import type { AttackRule } from '../model.ts'
import { givenBy } from './given-roles.ts'
import { type Half, type Joint, ofJoints } from './joints.ts'
import { creatable, meet, partsOf } from './parts.ts'
import { rbacPower } from './rbac-powers.ts'

const grants = (['clusterroles', 'roles'] as const).map((resource) => {
  const power = rbacPower('bind', resource)
  const isCluster = resource === 'clusterroles'
  const ability = isCluster ? 'bind-cluster-roles' : 'bind-roles'
  // Asked in the namespace of the binding, for a ClusterRole too.
  const half: Half = { ability, isClusterWide: false, parts: (held) => partsOf(held, power) }
  return { role: isCluster ? 'ClusterRole' : 'Role', half } as const
})

const writes = (['rolebindings', 'clusterrolebindings'] as const).flatMap((resource) => {
  const [create, update, patch] = [
    rbacPower('create', resource),
    rbacPower('update', resource),
    rbacPower('patch', resource),
  ]
  const isCluster = resource === 'clusterrolebindings'
  const binding = isCluster ? 'ClusterRoleBinding' : 'RoleBinding'
  const made: Half = {
    ability: isCluster ? 'create-cluster-bindings' : 'create-bindings',
    isClusterWide: isCluster,
    parts: (held) => creatable(held, create),
  }
  const changed: Half = {
    ability: isCluster ? 'change-cluster-bindings' : 'change-bindings',
    isClusterWide: isCluster,
    parts: (held) => partsOf(held, update, patch),
  }
  return [
    { binding, isNew: true, half: made },
    { binding, isNew: false, half: changed },
  ] as const
})

// A ClusterRoleBinding refers to ClusterRoles alone, and asks in no namespace.
const joints = writes.flatMap(({ binding, isNew, half }) =>
  grants
    .filter(({ role }) => binding === 'RoleBinding' || role === 'ClusterRole')
    .map(
      (grant): Joint => ({
        one: half,
        other: grant.half,
        outcome: (written, allowed, graph, world) => {
          const scope = meet(written.scope, allowed.scope)
          if (scope === undefined || (binding === 'ClusterRoleBinding' && scope !== '*')) return undefined
          const existing = isNew ? {} : { existing: { name: written.name } }
          const found = givenBy({ binding, role: grant.role, name: allowed.name, scope, ...existing }, graph, world)
          return found && { rule: 'bind', ...found }
        },
      }),
    ),
)

/**
 * Writes a binding of a role that it may bind. Both are needed of one identity: bind alone writes nothing, and writing alone passes on only
 * what one has. Source: pkg/registry/rbac/rolebinding/policybased, clusterrolebinding/policybased.
 */
export const bindRule: AttackRule = {
  id: 'bind',
  title: 'Binds a role that it may bind, or has, to whom it likes',
  ...ofJoints(joints),
}
