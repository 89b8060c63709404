import type { Role } from '../../snapshot/objects.ts'
import { lookupsOf } from '../lookups.ts'
import type { AttackRule, AttackWorld } from '../model.ts'
import { givenBy } from './given-roles.ts'
import { type Half, type Joint, ofJoints } from './joints.ts'
import { newBindings } from './new-names.ts'
import { meet, partsOf } from './parts.ts'
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
  const [update, patch] = [rbacPower('update', resource), rbacPower('patch', resource)]
  const isCluster = resource === 'clusterrolebindings'
  const binding = isCluster ? 'ClusterRoleBinding' : 'RoleBinding'
  const made: Half = {
    ability: isCluster ? 'create-cluster-bindings' : 'create-bindings',
    isClusterWide: isCluster,
    parts: (held, world) => newBindings(held, binding, world),
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

// What is not there yet, another may make (rbac-dangling-role.ts).
const ofMissing = writes.flatMap(({ binding, isNew, half }) =>
  grants
    .filter(({ role }) => isNew && (binding === 'RoleBinding' || role === 'ClusterRole'))
    .map(
      (grant): Joint => ({
        one: half,
        other: grant.half,
        outcome: (written, { scope: place, name }, graph, world) => {
          const scope = meet(written.scope, place)
          if (scope === undefined || (binding === 'ClusterRoleBinding' && scope !== '*')) return undefined
          if (name === undefined ? grant.role === 'ClusterRole' : isThere(world, grant.role, scope, name))
            return undefined
          const ability = binding === 'RoleBinding' ? 'bind-missing' : 'bind-missing-everywhere'
          const named = name === undefined ? grant.role : `${grant.role}/${name}`
          return { rule: 'part', to: graph.node({ kind: 'ability', ability, scope, name: named }) }
        },
      }),
    ),
)

function isThere(world: AttackWorld, kind: Role['kind'], scope: string, name: string): boolean {
  const { clusterRoles, rolesIn } = lookupsOf(world)
  if (kind === 'ClusterRole') return clusterRoles.has(name)
  return scope !== '*' && (rolesIn.get(scope) ?? []).some((role) => role.name === name)
}

/**
 * Writes a binding of a role that it may bind. Both are needed of one identity: bind alone writes nothing, and writing alone passes on only
 * what one has. Source: pkg/registry/rbac/rolebinding/policybased, clusterrolebinding/policybased.
 */
export const bindRule: AttackRule = {
  id: 'bind',
  title: 'Binds a role that it may bind, or has, to whom it likes',
  ...ofJoints([...joints, ...ofMissing]),
}
