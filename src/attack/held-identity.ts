import { type BoundRole, scopeOf } from '../rbac/rbac-index.ts'
import type { Role } from '../snapshot/objects.ts'
import type { AttackGraph, HeldIdentity, Power } from './model.ts'
import type { Powers } from './powers.ts'
import { groupsOf } from './structure.ts'

/** Who holds a power by which bindings, and who of them by a rule that is narrowed to names. */
type Holders = { bound: Map<number, BoundRole[]>; named: Set<number> }

/**
 * What each subject holds by itself and by its groups. Found from the other end: the roles that give a power, their bindings, and those bindings'
 * subjects, once a power; for most powers that is next to nobody. Undefined for a subject that holds no binding and is in no two groups that
 * do: it has what its group has.
 */
export function createIdentities(
  subjects: Map<BoundRole, number[]>,
  graph: AttackGraph,
  powers: Powers,
): (id: number) => HeldIdentity | undefined {
  const bindings = new Map<Role, { gives: ReturnType<Powers['ofRole']>; list: BoundRole[] }>()
  const holders = new Set<number>()
  for (const [bound, ids] of subjects) {
    if (!bound.role) continue
    const known = bindings.get(bound.role)
    if (known) known.list.push(bound)
    else bindings.set(bound.role, { gives: powers.ofRole(bound.role), list: [bound] })
    for (const id of ids) holders.add(id)
  }

  const byPower: Holders[] = []
  const givingTo = (power: Power): Holders => {
    const number = powers.numberOf(power)
    const known = byPower[number]
    if (known) return known
    const found: Holders = { bound: new Map(), named: new Set() }
    for (const { gives, list } of bindings.values()) {
      const given = gives('*', power)
      if (given.length === 0) continue
      const isNamed = given.some(({ names }) => names !== undefined)
      for (const bound of list) {
        for (const id of subjects.get(bound) ?? []) {
          const own = found.bound.get(id)
          if (own) own.push(bound)
          else found.bound.set(id, [bound])
          if (isNamed) found.named.add(id)
        }
      }
    }
    byPower[number] = found
    return found
  }

  return (id) => {
    const node = graph.nodes[id]
    if (node?.kind !== 'subject') return undefined
    const { subject, borrowed } = node
    const own = borrowed ? (graph.find({ kind: 'subject', subject }) ?? id) : id
    const groups = groupsOf(subject)
      .map((name) => graph.node({ kind: 'subject', subject: { kind: 'Group', name } }))
      .filter((group) => holders.has(group))
    if (!holders.has(own) && groups.length < 2) return undefined
    const all = [own, ...groups]
    const gives = (power: Power): ReturnType<HeldIdentity['gives']> => {
      const { bound: holds } = givingTo(power)
      const found: ReturnType<HeldIdentity['gives']> = []
      for (const holder of all) {
        for (const bound of holds.get(holder) ?? []) place(bound, power, found)
      }
      return found
    }
    const givesNamed = (power: Power) => {
      const { named } = givingTo(power)
      return named.size > 0 && all.some((holder) => named.has(holder))
    }
    return { id, subject, ...(borrowed ? { borrowed } : {}), gives, givesNamed }
  }

  function place(bound: BoundRole, power: Power, into: ReturnType<HeldIdentity['gives']>): void {
    if (!bound.role) return
    const scope = scopeOf(bound.binding)
    for (const given of powers.of(bound.role, scope, power)) into.push({ ...given, bound, scope })
  }
}
