import { type BoundRole, scopeOf } from '../rbac/rbac-index.ts'
import type { Role } from '../snapshot/objects.ts'
import type { AttackGraph, HeldIdentity, Power } from './model.ts'
import type { Powers } from './powers.ts'
import { groupsOf } from './structure.ts'

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
  const bindings = new Map<Role, BoundRole[]>()
  const holders = new Set<number>()
  for (const [bound, ids] of subjects) {
    if (!bound.role) continue
    const list = bindings.get(bound.role)
    if (list) list.push(bound)
    else bindings.set(bound.role, [bound])
    for (const id of ids) holders.add(id)
  }

  const byPower: Map<number, BoundRole[]>[] = []
  const givingTo = (power: Power): Map<number, BoundRole[]> => {
    const number = powers.numberOf(power)
    const known = byPower[number]
    if (known) return known
    const found = new Map<number, BoundRole[]>()
    for (const [role, list] of bindings) {
      if (powers.of(role, '*', power).length === 0) continue
      for (const bound of list) {
        for (const id of subjects.get(bound) ?? []) {
          const own = found.get(id)
          if (own) own.push(bound)
          else found.set(id, [bound])
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
      const holds = givingTo(power)
      const found: ReturnType<HeldIdentity['gives']> = []
      for (const holder of all) {
        for (const bound of holds.get(holder) ?? []) place(bound, power, found)
      }
      return found
    }
    return { id, subject, ...(borrowed ? { borrowed } : {}), gives }
  }

  function place(bound: BoundRole, power: Power, into: ReturnType<HeldIdentity['gives']>): void {
    if (!bound.role) return
    const scope = scopeOf(bound.binding)
    for (const given of powers.of(bound.role, scope, power)) into.push({ ...given, bound, scope })
  }
}
