import { danglingBindings } from '../../rbac/grants.ts'
import { type BoundRole, scopeOf } from '../../rbac/rbac-index.ts'
import type { Ability, AttackGraph, AttackNode, AttackRule, AttackWorld } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'
import { everythingIn } from './everything.ts'
import { isFirst } from './once.ts'

/**
 * Creates the role that a binding names and that does not exist. What a new role grants is asked of its writer: without `escalate` the binding's subjects
 * get no more than the writer has.
 */
export const danglingRoleRule: AttackRule = {
  id: 'dangling-role',
  title: 'Creates a missing role that is bound, or may be, with any rights',
  joins: (graph, world) => {
    if (!canMake(graph)) return
    joinBinders(graph)
    for (const bound of missing(graph, world)) {
      const { roleRef, namespace } = bound.binding
      const isCluster = roleRef.kind === 'ClusterRole'
      const word = isCluster ? 'cluster-roles' : 'roles'
      const place = isCluster ? '*' : (namespace ?? '')
      const has = (ability: Ability) => abilityFor(graph, ability, place, roleRef.name)
      join(graph, bound, [has(`make-${word}`)])
      join(graph, bound, [has(`create-${word}`), has(`rewrite-${word}`)])
    }
  },
}

// Who may bind what is not there yet, beside who makes it.
function joinBinders(graph: AttackGraph): void {
  const places = makingPlaces(graph)
  for (const ability of ['bind-missing', 'bind-missing-everywhere'] as const) {
    for (const { scope, name = '' } of abilitiesOf(graph, ability)) {
      for (const place of scope === '*' && name.startsWith('Role') ? places : [scope]) {
        joinBinder(graph, ability, place, name)
      }
    }
  }
}

function joinBinder(
  graph: AttackGraph,
  ability: 'bind-missing' | 'bind-missing-everywhere',
  scope: string,
  named: string,
): void {
  const id = abilityFor(graph, ability, scope, named)
  if (id === undefined) return
  const [kind, name] = named.split('/')
  const word = kind === 'ClusterRole' ? 'cluster-roles' : 'roles'
  const has = (made: Ability) => abilityFor(graph, made, kind === 'ClusterRole' ? '*' : scope, name)
  const to: AttackNode =
    ability === 'bind-missing' ? { kind: 'namespace-admin', namespace: scope, all: true } : { kind: 'admin' }
  for (const made of [[has(`make-${word}`)], [has(`create-${word}`), has(`rewrite-${word}`)]]) {
    const from = made.filter((each) => each !== undefined)
    if (from.length < made.length || !isFirst(graph, `missing ${from.join(' ')} ${id}`)) continue
    graph.add({ rule: 'dangling-role', from: [...from, id], to: graph.node(to) })
  }
}

// Who may bind everywhere needs it in one namespace alone.
function makingPlaces(graph: AttackGraph): string[] {
  const made = (['make-roles', 'create-roles', 'rewrite-roles'] as const).flatMap((one) => abilitiesOf(graph, one))
  return [...new Set(['*', ...made.map(({ scope }) => scope)])]
}

const makers: ReadonlySet<Ability> = new Set<Ability>([
  'make-roles',
  'make-cluster-roles',
  'rewrite-roles',
  'rewrite-cluster-roles',
])

function canMake({ nodes }: AttackGraph): boolean {
  return nodes.some((node) => node.kind === 'ability' && makers.has(node.ability))
}

function missing(graph: AttackGraph, { snapshot }: AttackWorld): BoundRole[] {
  const without = graph.nodes.flatMap((node) => (node.kind === 'binding' && !node.bound.role ? [node.bound] : []))
  const known = ({ binding }: BoundRole) => binding.roleRef.kind === 'ClusterRole' || binding.roleRef.kind === 'Role'
  // A role that could not be read is a gap, not a missing one.
  return without.filter((bound) => known(bound) && danglingBindings(snapshot, [bound]).length > 0)
}

function join(graph: AttackGraph, bound: BoundRole, abilities: (number | undefined)[]): void {
  const from = abilities.flatMap((id) => (id === undefined ? [] : [id]))
  if (from.length < abilities.length) return
  const { binding } = bound
  const { kind, name, namespace, roleRef } = binding
  const holds = graph.node({ kind: 'binding', bound })
  if (!isFirst(graph, `dangling ${from.join(' ')} ${holds}`)) return
  const says = `names ${roleRef.kind} ${roleRef.name}, which does not exist`
  const fact = { kind, ...(namespace === undefined ? {} : { namespace }), name, field: 'roleRef', says }
  graph.add({ rule: 'dangling-role', from: [...from, holds], to: everythingIn(graph, scopeOf(binding)), state: [fact] })
}
