import { indexRbac } from '../rbac/rbac-index.ts'
import type { Binding, Role } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { meet } from './demand.ts'
import type { Narrowed } from './narrow.ts'
import type { Use } from './uses.ts'
import { World } from './world.ts'

/** RBAC as it is once what was narrowed is applied and what was removed is deleted. */
export function narrowedSnapshot(snapshot: Snapshot, { roles, bindings, removed }: Narrowed): Snapshot {
  const gone = new Set(removed.map(keyOf))
  const role = (kind: Role['kind'], before: Role[]) =>
    replaced(
      before,
      roles.filter((one) => one.kind === kind),
    )
  const binding = (kind: Binding['kind'], before: Binding[]) => {
    const kept = before.filter((one) => !gone.has(keyOf(one)))
    return replaced(
      kept,
      bindings.filter((one) => one.kind === kind),
    )
  }
  return {
    ...snapshot,
    roles: role('Role', snapshot.roles),
    clusterRoles: role('ClusterRole', snapshot.clusterRoles),
    roleBindings: binding('RoleBinding', snapshot.roleBindings),
    clusterRoleBindings: binding('ClusterRoleBinding', snapshot.clusterRoleBindings),
  }
}

/** The uses that RBAC allows as it is, and would not allow once narrowed: there should be none. */
export function newDenials(
  before: Snapshot,
  narrowed: Narrowed,
  uses: Iterable<Use>,
): { replayed: number; denied: Use[] } {
  const world = new World(indexRbac(narrowedSnapshot(before, narrowed)))
  const denied: Use[] = []
  let replayed = 0
  for (const use of uses) {
    const { holder, demand } = use
    if (!meet(holder.index, holder.identity, demand)) continue
    replayed += use.count
    const { index } = world.holderOf(holder.identity)
    if (!meet(index, holder.identity, demand)) denied.push(use)
  }
  return { replayed, denied }
}

function replaced<T extends Role | Binding>(before: readonly T[], after: readonly T[]): T[] {
  const anew = new Map(after.map((one) => [keyOf(one), one]))
  const kept = before.map((one) => anew.get(keyOf(one)) ?? one)
  const known = new Set(before.map(keyOf))
  return [...kept, ...after.filter((one) => !known.has(keyOf(one)))]
}

function keyOf({ kind, namespace = '', name }: Role | Binding): string {
  return `${kind}\0${namespace}\0${name}`
}
