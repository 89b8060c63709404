import { lookupsOf } from '../lookups.ts'
import type { Ability, AttackGraph, AttackWorld } from '../model.ts'
import { abilitiesOf, abilityFor } from './abilities.ts'
import { joined } from './confinement.ts'
import { isFirst } from './once.ts'
import { halves, type Range, rangesWithout } from './ranges.ts'

const uses = { 'create-secrets': 'create-free-secret', 'read-secrets': 'read-free-secret' } as const
const kinds = ['create-secrets', 'read-secrets'] as const
type Free = (typeof uses)[(typeof kinds)[number]] | 'mint-free-secret'
type Named = { from: number[]; scope: string; name: string }

/**
 * Who can create, read or do both with a secret of one name: in a namespace where no secret has it, that is as good as any name, as a new secret's is its
 * maker's to choose; where one has it, that must be deleted first: an apply cannot change its type (seen on a real server).
 */
export function addFreeNames(graph: AttackGraph, world: AttackWorld): void {
  for (const kind of kinds) for (const one of namedOf(graph, kind)) addFree(uses[kind], one, graph, world)
  for (const one of namedTwice(graph)) addFree('mint-free-secret', one, graph, world)
}

function namedOf(graph: AttackGraph, ability: Ability): Named[] {
  return abilitiesOf(graph, ability).flatMap(({ id, scope, name }) =>
    name === undefined ? [] : { from: [id], scope, name },
  )
}

/** Where one name may be both created and read. */
function namedTwice(graph: AttackGraph): Named[] {
  const [created = [], read = []] = kinds.map((kind) => namedOf(graph, kind))
  const [inOne, inOther] = [created, read].map((all) => new Set(all.map(({ name }) => name)))
  const isBoth = ({ name }: Named) => inOne?.has(name) === true && inOther?.has(name) === true
  return [...read, ...created].filter(isBoth).flatMap(({ scope, name }) => {
    const from = kinds.map((kind) => abilityFor(graph, kind, scope, name)).filter((id) => id !== undefined)
    return from.length === kinds.length ? { from, scope, name } : []
  })
}

function addFree(ability: Free, { from, scope, name }: Named, graph: AttackGraph, world: AttackWorld): void {
  const { namespaces, namespacesWithSecret, areSecretsUnread } = lookupsOf(world)
  const isWhole = scope === '*'
  const taken = isWhole ? namespacesWithSecret(name) : namespacesWithSecret(name).filter((one) => one === scope)
  const unsure = `a secret of the name ${name} may be there already: not all secrets are known`
  const lead = (premises: number[], to: number, isSure = true) => {
    if (!isFirst(graph, `${ability} ${premises.join()} ${to}`)) return
    graph.add({ rule: 'part', from: premises, to, ...joined(isSure ? undefined : unsure) })
  }
  const freeIn = (place: string) => graph.node({ kind: 'ability', ability, scope: place })
  for (const namespace of taken) {
    const removes = abilityFor(graph, 'remove-secrets', namespace, name)
    if (removes !== undefined) lead([...from, removes], freeIn(namespace))
  }
  if (!isWhole) {
    if (taken.length === 0) lead(from, freeIn(scope), !areSecretsUnread(scope))
    return
  }
  const isAllUnread = areSecretsUnread('*')
  const doubtful = isAllUnread ? [] : namespaces.filter((one) => areSecretsUnread(one) && !taken.includes(one))
  for (const namespace of doubtful) lead(from, freeIn(namespace), false)
  const without = new Set([...taken, ...doubtful])
  if (without.size === 0) return lead(from, freeIn('*'), !isAllUnread)
  for (const range of rangesWithout(namespaces, without)) {
    lead(from, rangeNode(ability, range, graph, namespaces), !isAllUnread)
  }
}

/** What is held in a range of namespaces: so in its halves. With names in the hundreds, one step for each namespace and name would be most of the graph. */
function rangeNode(ability: Free, range: Range, graph: AttackGraph, namespaces: readonly string[]): number {
  const { start, end } = range
  const [only] = namespaces.slice(start, end)
  if (end - start === 1 && only !== undefined) return graph.node({ kind: 'ability', ability, scope: only })
  const id = graph.node({ kind: 'ability', ability, scope: '*', name: `${start}-${end}` })
  if (!isFirst(graph, `range ${id}`)) return id
  for (const half of halves(range)) {
    graph.add({ rule: 'part', from: [id], to: rangeNode(ability, half, graph, namespaces) })
  }
  return id
}
