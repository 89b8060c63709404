import fc from 'fast-check'
import { computeAggregation } from '../../../src/rbac/aggregation.ts'
import type { Binding, Role } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { snapshotOf } from '../rbac/worlds.ts'
import { emittedNames, namespaces, rules, some, subjects } from './words.ts'

const place = fc.constantFrom(undefined, undefined, undefined, undefined, ...namespaces)

const roles = fc.array(fc.record({ namespace: place, isMarked: fc.boolean(), rules }), {
  minLength: 1,
  maxLength: 4,
  size: 'max',
})
// Of five, one in a place where there is no such role; a few by the names that an emitted role might get.
const bindings = fc.array(
  fc.record({
    role: fc.nat(3),
    namespace: place,
    subjects: some(subjects, 2, subjects.length),
    gone: fc.option(fc.constantFrom(...emittedNames), { freq: 8, nil: undefined }),
  }),
  { minLength: 1, maxLength: 6, size: 'max' },
)

/** Roles, bindings of them, some by the cluster's own names, some that share a role, and some whose role there is not. */
export const worlds: fc.Arbitrary<Snapshot> = fc.record({ roles, bindings, isDefault: fc.boolean() }).map((drawn) => {
  const made = drawn.roles.map(({ namespace, isMarked, rules: its }, at): Role => {
    // The first is one that the cluster writes itself.
    const name = at === 0 && drawn.isDefault && namespace === undefined ? 'edit' : `role-${at}`
    const kind = namespace === undefined ? 'ClusterRole' : 'Role'
    const labels: Record<string, string> = isMarked ? { own: 'yes' } : {}
    return { kind, name, ...(namespace !== undefined && { namespace }), labels, rules: its.map(fitting(kind)) }
  })
  const bound = drawn.bindings.map(({ role: at, namespace: wanted, subjects: its, gone }, number): Binding => {
    const role = made[at % made.length] as Role
    const namespace = role.namespace ?? wanted
    const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
    const roleRef = gone === undefined ? { kind: role.kind, name: role.name } : { kind: refKind(kind), name: gone }
    return {
      kind,
      name: `binding-${number}`,
      ...(namespace !== undefined && { namespace }),
      roleRef,
      subjects: its,
    }
  })
  return snapshotOf({
    roles: made.filter(({ kind }) => kind === 'Role'),
    clusterRoles: made.filter(({ kind }) => kind === 'ClusterRole'),
    roleBindings: bound.filter(({ kind }) => kind === 'RoleBinding'),
    clusterRoleBindings: bound.filter(({ kind }) => kind === 'ClusterRoleBinding'),
  })
})

/** The same, with a role that takes in all that are not marked: a new one too. */
export const aggregatingWorlds: fc.Arbitrary<Snapshot> = fc
  .record({ world: worlds, subject: fc.constantFrom(...subjects) })
  .map(({ world, subject }) => {
    const aggregation = [{ matchLabels: {}, matchExpressions: [{ key: 'own', operator: 'DoesNotExist', values: [] }] }]
    const taker: Role = { kind: 'ClusterRole', name: 'taker', labels: {}, rules: [], aggregation }
    const roleRef = { kind: 'ClusterRole', name: 'taker' }
    const binding: Binding = { kind: 'ClusterRoleBinding', name: 'takes', roleRef, subjects: [subject] }
    return aggregated({
      ...world,
      clusterRoles: [...world.clusterRoles, taker],
      clusterRoleBindings: [...world.clusterRoleBindings, binding],
    })
  })

/** A world once the controller has seen it. */
export function aggregated(world: Snapshot): Snapshot {
  return { ...world, clusterRoles: computeAggregation(world.clusterRoles).clusterRoles }
}

function refKind(kind: Binding['kind']): Role['kind'] {
  return kind === 'RoleBinding' ? 'Role' : 'ClusterRole'
}

// The server refuses a Role with URLs.
function fitting(kind: Role['kind']) {
  return (rule: Role['rules'][number]) =>
    kind === 'ClusterRole' || rule.nonResourceURLs.length === 0
      ? rule
      : { ...rule, nonResourceURLs: [], apiGroups: [''], resources: ['pods'] }
}
