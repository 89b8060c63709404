import type { Ability, AttackGraph, AttackNode } from '../model.ts'

type Found = { id: number; scope: string; name: string | undefined }
type Seen = { upTo: number; ids: Set<number>; somebody: Map<Ability, Found[]>; anybody: Map<Ability, Found[]> }
const seen = new WeakMap<AttackGraph, Seen>()

const nobody: Found[] = []

/** The abilities of a kind that somebody is given, or that anybody may be: not those that are there only as the wider form of another. */
export function abilitiesOf(
  graph: AttackGraph,
  ability: Ability,
  holder: 'somebody' | 'anybody' = 'somebody',
): readonly Found[] {
  return given(graph)[holder].get(ability) ?? nobody
}

/**
 * The node of an ability in a scope for a name, if any step gives it: by itself, or everywhere, or for all names. What is found is
 * reached from those by structure.
 */
export function abilityFor(graph: AttackGraph, ability: Ability, scope: string, name?: string): number | undefined {
  const node = (place: string, of: string | undefined): AttackNode => {
    const named = of === undefined ? {} : { name: of }
    return { kind: 'ability', ability, scope: place, ...named }
  }
  const { ids } = given(graph)
  const isGiven = (id: number | undefined) => id !== undefined && ids.has(id)
  const exact = node(scope, name)
  const wider = [exact, node(scope, undefined), node('*', name), node('*', undefined)]
  return wider.some((each) => isGiven(graph.find(each))) ? graph.node(exact) : undefined
}

// Steps are only ever added: each is looked at once.
function given(graph: AttackGraph): Seen {
  const known = seen.get(graph) ?? { upTo: 0, ids: new Set<number>(), somebody: new Map(), anybody: new Map() }
  seen.set(graph, known)
  for (; known.upTo < graph.steps.length; known.upTo += 1) {
    const { rule, to = -1 } = graph.steps[known.upTo] ?? {}
    const node = graph.nodes[to]
    if (node?.kind !== 'ability' || rule === 'each' || known.ids.has(to)) continue
    const { holder } = node
    if (holder !== undefined && holder !== 'anybody') continue
    known.ids.add(to)
    const lists = holder === 'anybody' ? known.anybody : known.somebody
    const found = { id: to, scope: node.scope, name: node.name }
    const list = lists.get(node.ability)
    if (list) list.push(found)
    else lists.set(node.ability, [found])
  }
  return known
}
