import { type BoundRole, scopeOf } from '../../rbac/rbac-index.ts'
import type { Role } from '../../snapshot/objects.ts'
import { lookupsOf } from '../lookups.ts'
import type { Ability, AttackGraph, AttackNode, AttackWorld } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'
import { isFirst } from './once.ts'

type Kind = { role: 'Role' | 'ClusterRole'; rewrite: Ability; create: Ability; createSome: Ability; fill: Ability }
const kinds: Kind[] = [
  {
    role: 'Role',
    rewrite: 'rewrite-roles',
    create: 'create-roles',
    createSome: 'create-some-role',
    fill: 'fill-role',
  },
  {
    role: 'ClusterRole',
    rewrite: 'rewrite-cluster-roles',
    create: 'create-cluster-roles',
    createSome: 'create-some-cluster-role',
    fill: 'fill-cluster-role',
  },
]
const bindings = [
  { create: 'create-bindings', createSome: 'create-some-binding' },
  { create: 'create-cluster-bindings', createSome: 'create-some-cluster-binding' },
] as const

/** What rewriting roles leads to, for who holds such a role, whoever it is that rewrites it. */
export function joinRewriting(graph: AttackGraph, world: AttackWorld): void {
  const used = kinds.filter(({ rewrite }) => abilitiesOf(graph, rewrite).length > 0)
  if (used.length === 0) return
  const mayBe = namesOf(used, graph)
  for (const [id, node] of graph.nodes.slice().entries()) {
    if (node.kind !== 'role' || !mayBe(node.role)) continue
    const kind = used.find(({ role }) => role === node.role.kind)
    if (!kind) continue
    const rewrites = abilityFor(graph, kind.rewrite, node.role.namespace ?? '*', node.role.name)
    if (rewrites !== undefined) add(graph, [rewrites, id], node.scope)
  }
  for (const { create, createSome } of [...used, ...bindings]) addSome(create, createSome, graph)
  for (const kind of used) addFilling(kind, graph, world)
  for (const bound of [...world.index.clusterWide, ...[...world.index.byNamespace.values()].flat()]) {
    if (bound.role && mayBe(bound.role)) joinBinding(bound, used, graph)
  }
  for (const kind of used) joinNewBindings(kind, graph)
}

// Most roles are named by nobody who rewrites.
function namesOf(used: Kind[], graph: AttackGraph): (role: Role) => boolean {
  const names = new Set(used.flatMap(({ rewrite }) => abilitiesOf(graph, rewrite).map(({ name }) => name)))
  const isAny = used.map(
    ({ rewrite, role }) => [role, abilitiesOf(graph, rewrite).some(({ name }) => name === undefined)] as const,
  )
  const any = new Map<string, boolean>(isAny)
  return (role) => any.get(role.kind) === true || names.has(role.name)
}

// Somebody's role may be emptied first: then whoever writes bindings may give it to himself, as he has all that it grants.
function joinBinding({ binding, role }: BoundRole, used: Kind[], graph: AttackGraph): void {
  const kind = role && used.find((each) => each.role === role.kind)
  if (!kind) return
  const scope = scopeOf(binding)
  const ability = binding.kind === 'RoleBinding' ? 'change-bindings' : 'change-cluster-bindings'
  const rewrites = abilityFor(graph, kind.rewrite, role.namespace ?? '*', role.name)
  const changes = rewrites === undefined ? undefined : abilityFor(graph, ability, scope, binding.name)
  if (rewrites !== undefined && changes !== undefined) add(graph, [rewrites, changes], scope)
}

// Where any name will do, who can create one name is as good as who can create all.
function addSome(create: Ability, createSome: Ability, graph: AttackGraph): void {
  for (const { id, scope } of abilitiesOf(graph, create)) {
    part(graph, [id], graph.node({ kind: 'ability', ability: createSome, scope }))
  }
}

// Some role of a namespace (or some ClusterRole) that is there, or may be created empty.
function addFilling({ role, rewrite, create, createSome, fill }: Kind, graph: AttackGraph, world: AttackWorld): void {
  const { clusterRoles, rolesIn } = lookupsOf(world)
  const creators = new Set(abilitiesOf(graph, create).map((each) => each.scope))
  const fillIn = (scope: string) => graph.node({ kind: 'ability', ability: fill, scope })
  for (const { id, scope, name } of abilitiesOf(graph, rewrite)) {
    const isThere = (existing: { name: string }) => name === undefined || existing.name === name
    if (role === 'ClusterRole') {
      if (name !== undefined && clusterRoles.has(name)) part(graph, [id], fillIn('*'))
    } else {
      for (const [namespace, roles] of scope === '*' ? rolesIn : [[scope, rolesIn.get(scope) ?? []] as const]) {
        if (roles.some(isThere)) part(graph, [id], fillIn(namespace))
      }
    }
    for (const place of scope === '*' ? new Set(['*', ...creators]) : [scope]) {
      const creates = name === undefined ? abilityFor(graph, createSome, place) : abilityFor(graph, create, place, name)
      if (creates !== undefined) part(graph, [id, creates], fillIn(place))
    }
  }
}

function joinNewBindings({ role, fill }: Kind, graph: AttackGraph): void {
  const join = (ability: Ability, to: (scope: string) => AttackNode) => {
    const scopes = new Set([...abilitiesOf(graph, ability), ...abilitiesOf(graph, fill)].map(({ scope }) => scope))
    for (const scope of scopes) {
      const fills = abilityFor(graph, fill, role === 'ClusterRole' ? '*' : scope)
      const binds = fills === undefined ? undefined : abilityFor(graph, ability, scope)
      if (fills !== undefined && binds !== undefined) addTo(graph, [fills, binds], to(scope))
    }
  }
  join('create-some-binding', (namespace) => ({ kind: 'namespace-admin', namespace, all: true }))
  if (role === 'ClusterRole') join('create-some-cluster-binding', () => ({ kind: 'admin' }))
}

function add(graph: AttackGraph, from: number[], scope: string): void {
  addTo(graph, from, scope === '*' ? { kind: 'admin' } : { kind: 'namespace-admin', namespace: scope, all: true })
}

function addTo(graph: AttackGraph, from: number[], node: AttackNode): void {
  if (isFirst(graph, `escalate ${from.join(' ')}`)) graph.add({ rule: 'escalate', from, to: graph.node(node) })
}

function part(graph: AttackGraph, from: number[], to: number): void {
  if (isFirst(graph, `part ${from.join(' ')} ${to}`)) graph.add({ rule: 'part', from, to })
}
