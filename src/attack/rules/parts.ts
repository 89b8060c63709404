import type { Ability, AttackGraph, AttackRuleId, HeldIdentity, HeldRole, Power, Right, StateFact } from '../model.ts'

/** A right as its holder has it: where, for which name (undefined: all), and the rules that give it, in ways that each do alone. */
export type Part = { scope: string; name: string | undefined; ways: Right[][] }

type Holder = HeldRole | HeldIdentity

const nothing: Part[] = []

/** What a role, or an identity as a whole, has of any of these powers; once a scope and name. */
export function partsOf(held: Holder, ...powers: Power[]): Part[] {
  // For most powers nobody has anything, and this is asked a million times.
  let found: Map<string, Part> | undefined
  for (const power of powers) {
    if ('role' in held) {
      for (const { ruleIndex, names } of held.gives(power)) {
        add((found ??= new Map()), held.scope, names, [{ role: held.role, ruleIndex }])
      }
      continue
    }
    for (const { ruleIndex, names, bound, scope } of held.gives(power)) {
      if (bound.role) add((found ??= new Map()), scope, names, [{ role: bound.role, ruleIndex, bound }])
    }
  }
  return found ? [...found.values()] : nothing
}

function add(found: Map<string, Part>, scope: string, names: string[] | undefined, way: Right[]): void {
  for (const name of names ?? [undefined]) {
    const key = name === undefined ? scope : `${scope}\0${name}`
    const part = found.get(key)
    if (part) part.ways.push(way)
    else found.set(key, { scope, name, ways: [way] })
  }
}

/**
 * What may be created: by a POST under any name, or (docs/rbac.md, case 8) by a server-side apply under names that may be patched too; RBAC objects also by
 * a PUT under names that may be updated. Seen on a real server: no other kind of those that matter here is created by a PUT.
 */
export function creatable(held: Holder, create: Power): Part[] {
  const created = partsOf(held, create)
  const named = created.filter(({ name }) => name !== undefined)
  if (named.length === 0) return created
  const verbs = create.group === 'rbac.authorization.k8s.io' ? ['patch', 'update'] : ['patch']
  const patched = partsOf(held, ...verbs.map((verb) => ({ ...create, verb })))
  const applied = named.flatMap((part) => patched.flatMap((patch) => both(part, patch) ?? []))
  return [...created.filter(({ name }) => name === undefined), ...applied]
}

/** What one identity that has both has of them together; undefined where they meet nowhere, or in no name. */
export function both(one: Part, other: Part): Part | undefined {
  const scope = meet(one.scope, other.scope)
  if (scope === undefined) return undefined
  if (one.name !== undefined && other.name !== undefined && one.name !== other.name) return undefined
  const ways = one.ways.flatMap((way) => other.ways.map((beside) => [...way, ...beside]))
  return { scope, name: one.name ?? other.name, ways }
}

/** The narrower of two scopes; undefined where they have nothing in common. */
export function meet(one: string, other: string): string | undefined {
  if (one === other || other === '*') return one
  return one === '*' ? other : undefined
}

/** Where a step leads, and what is to be said of it. */
export type Outcome = { rule: AttackRuleId | 'part'; to: number; state?: StateFact[]; unsure?: string }

/** A step that one part alone makes, in each of its ways. */
export function addWays(held: Holder, graph: AttackGraph, part: Part, outcome: Outcome): void {
  // Which rules of one role it is, matters to nobody but the reader.
  const ways = 'role' in held ? part.ways.slice(0, 1) : part.ways
  for (const rights of ways) graph.add({ ...outcome, from: [held.id], rights })
}

/**
 * A step that needs two parts in one request. Where one role has both, the role leads there; else the subject does, by abilities that are its own,
 * so that each of the bindings that give a part is a step that can be cut.
 */
export function addBoth(
  held: Holder,
  graph: AttackGraph,
  one: { ability: Ability; part: Part },
  other: { ability: Ability; part: Part },
  outcome: Outcome,
): void {
  if ('role' in held) {
    const rights = [...(one.part.ways[0] ?? []), ...(other.part.ways[0] ?? [])]
    graph.add({ ...outcome, from: [held.id], rights })
    return
  }
  const roles = new Set([one, other].flatMap(({ part }) => part.ways.flat().map(({ role }) => role)))
  if (roles.size === 1) return
  const from = [one, other].map(({ ability, part }) => ownAbility(held, graph, ability, part))
  graph.add({ ...outcome, from })
}

function ownAbility(held: HeldIdentity, graph: AttackGraph, ability: Ability, part: Part): number {
  const { scope, name } = part
  const node = { kind: 'ability', ability, scope, ...(name === undefined ? {} : { name }), holder: held.id } as const
  const known = graph.find(node)
  if (known !== undefined) return known
  const to = graph.node(node)
  addWays(held, graph, part, { rule: 'part', to })
  return to
}

const everything: Power = { verb: '*', group: '*', resource: '*', subresource: '', namespaced: true }

/** Whether a role grants everything; an identity, everywhere: what more its rights would lead to is no news. */
export function hasEverything(held: Holder): boolean {
  if ('role' in held) return held.gives(everything).some(({ names }) => names === undefined)
  return held.gives(everything).some(({ names, scope }) => names === undefined && scope === '*')
}
