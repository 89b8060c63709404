import { type BoundRole, scopeOf } from '../../rbac/rbac-index.ts'
import type { Role } from '../../snapshot/objects.ts'
import { lookupsOf } from '../lookups.ts'
import type { AttackGraph, AttackWorld, StateFact } from '../model.ts'
import { everythingIn } from './everything.ts'

/** What somebody may bind: roles of a kind, of a name or all, by bindings of a kind in a scope. */
export type Binding = {
  binding: 'RoleBinding' | 'ClusterRoleBinding'
  role: 'Role' | 'ClusterRole'
  name: string | undefined
  scope: string
  /** Where no new binding may be written: an existing one of a name or (undefined) any. */
  existing?: { name: string | undefined }
}

type Given = { to: number; state?: StateFact[] }

const found = new WeakMap<AttackGraph, Map<string, Given | undefined>>()

/** The node that such a binding leads to, whoever writes it; undefined where there is nothing to bind. */
export function givenBy(what: Binding, graph: AttackGraph, world: AttackWorld): Given | undefined {
  const { binding, role, name, scope, existing } = what
  const memo = found.get(graph) ?? new Map<string, Given | undefined>()
  found.set(graph, memo)
  // No name of an RBAC object has a slash.
  const named = (kind: string, one: string | undefined) => (one === undefined ? kind : `${kind}/${one}`)
  const words = `${named(role, name)} by ${existing ? named(binding, existing.name) : `new ${binding}`}`
  const key = `${words}/${scope}`
  if (!memo.has(key)) memo.set(key, lookUp(what, words, graph, world))
  return memo.get(key)
}

function lookUp(what: Binding, words: string, graph: AttackGraph, world: AttackWorld): Given | undefined {
  const { fullRole } = lookupsOf(world)
  if (what.role === 'ClusterRole' && what.name === undefined && !what.existing && fullRole) {
    const says = 'grants everything, and may be bound as any other'
    return { to: everythingBy(what, graph), state: [{ kind: 'ClusterRole', name: fullRole.name, says }] }
  }
  const roles = what.existing ? boundBy(what, world) : bindable(what, world)
  const [first] = roles
  if (!first) return undefined
  if (roles.length === 1) return { to: graph.node({ kind: 'free-role', ...first }) }
  const to = graph.node({ kind: 'ability', ability: 'give-role', scope: what.scope, name: words })
  for (const role of roles) graph.add({ rule: 'each', from: [to], to: graph.node({ kind: 'free-role', ...role }) })
  return { to }
}

// RoleBindings in every namespace are less than everything.
function everythingBy({ binding, scope }: Binding, graph: AttackGraph): number {
  return binding === 'RoleBinding'
    ? graph.node({ kind: 'namespace-admin', namespace: scope, all: true })
    : everythingIn(graph, '*')
}

type Held = { role: Role; scope: string }

function bindable(what: Binding, world: AttackWorld): Held[] {
  const { clusterRoles, rolesIn, namespaces } = lookupsOf(world)
  const isEverywhere = what.scope === '*' && what.binding === 'RoleBinding'
  const scopes = isEverywhere ? namespaces : [what.scope]
  if (what.role === 'Role') {
    const inside = scopes.flatMap((scope) => rolesIn.get(scope) ?? [])
    return inside
      .filter(({ name }) => what.name === undefined || name === what.name)
      .map((role) => ({ role, scope: role.namespace ?? '' }))
  }
  const named = what.name === undefined ? [...clusterRoles.values()] : [clusterRoles.get(what.name)]
  return named.flatMap((role) => (role ? scopes.map((scope) => ({ role, scope })) : []))
}

// What a binding refers to cannot be changed: who writes it gives what it gives already.
function boundBy(what: Binding, { index }: AttackWorld): Held[] {
  const found = new Map<Role, Map<string, Held>>()
  for (const { binding, role } of boundOf(what, index)) {
    if (!role || role.kind !== what.role) continue
    if (what.name !== undefined && role.name !== what.name) continue
    if (what.existing?.name !== undefined && binding.name !== what.existing.name) continue
    const scope = scopeOf(binding)
    const scopes = found.get(role) ?? new Map<string, Held>()
    found.set(role, scopes.set(scope, { role, scope }))
  }
  return [...found.values()].flatMap((scopes) => [...scopes.values()])
}

function boundOf(what: Binding, { clusterWide, byNamespace }: AttackWorld['index']): BoundRole[] {
  if (what.binding === 'ClusterRoleBinding') return clusterWide
  return what.scope === '*' ? [...byNamespace.values()].flat() : (byNamespace.get(what.scope) ?? [])
}
