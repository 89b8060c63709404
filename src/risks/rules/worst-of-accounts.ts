import type { AttackGraph } from '../../attack/model.ts'
import { at, listOf } from '../../attack/search-graph.ts'
import { type Led, worse } from '../lead.ts'
import type { Reach } from '../reach.ts'

/** The worst that an account's own grants lead to; undefined where they lead nowhere. */
export type Worst = (account: { namespace: string; name: string }) => Led | undefined

/** Of what an account holds itself: its groups hold more, but that everybody has. */
export function worstOfAccounts(graph: AttackGraph, reach: Reach): Worst {
  const leadsFrom = (start: number, seen = new Set<number>()): Led[] =>
    Array.from(listOf(reach.search.outOf, start)).flatMap((step) => {
      const { rule, to = -1 } = graph.steps[step] ?? {}
      if (rule === 'member' || at(reach.search.needs, step) > 1 || seen.has(to)) return []
      if (rule !== 'holds' && rule !== 'bound') return [reach.leadOf(step)]
      return leadsFrom(to, seen.add(to))
    })
  const known = new Map<number, Led | undefined>()
  return ({ namespace, name }) => {
    const id = graph.find({ kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name } })
    if (id === undefined) return undefined
    if (known.has(id)) return known.get(id)
    const leads = leadsFrom(id)
    const worst = leads.length === 0 ? undefined : leads.reduce(worse)
    known.set(id, worst)
    return worst
  }
}
