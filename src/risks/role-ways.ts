import type { AttackGraph, AttackRuleId } from '../attack/model.ts'
import { at, isStructure, listOf } from '../attack/search-graph.ts'
import type { BoundRole } from '../rbac/rbac-index.ts'
import { type Led, worse } from './lead.ts'
import type { Reach } from './reach.ts'

/** A rule that a role alone opens in its scope: the rules of the role that do, its steps, and the worst that comes of them. */
export type Opened = { rule: AttackRuleId; rules: number[]; steps: number[]; led: Led }

/** What a role gives in a scope: ways of its own, and parts of ways that need more. */
export type RoleWays = { opened: Opened[]; parts: { ability: number; rules: number[] }[]; isEverything: boolean }

/** What the role of a binding gives where it holds; looked at once a role and scope. */
export function roleWays(graph: AttackGraph, reach: Reach): (bound: BoundRole) => RoleWays | undefined {
  const nodes = new Map<BoundRole, number>()
  for (const { rule, from, to } of graph.steps) {
    const node = rule === 'bound' ? graph.nodes[from[0] ?? -1] : undefined
    // A binding that somebody impersonates the way to is there a second time, with less behind it.
    if (node?.kind === 'binding' && !node.borrowed) nodes.set(node.bound, to)
  }
  const known = new Map<number, RoleWays>()
  return (bound) => {
    const id = nodes.get(bound)
    if (id === undefined) return undefined
    let ways = known.get(id)
    if (!ways) known.set(id, (ways = lookAt(id, graph, reach)))
    return ways
  }
}

function lookAt(role: number, graph: AttackGraph, { search, leadOf }: Reach): RoleWays {
  const opened = new Map<AttackRuleId, Opened>()
  const parts: RoleWays['parts'] = []
  const seen = new Set<number>()
  const open = (id: number, before: readonly number[]) => {
    const step = graph.steps[id]
    if (!step || at(search.needs, id) > 1) return
    const own = (step.rights ?? []).map(({ ruleIndex }) => ruleIndex)
    const rules = own.length > 0 ? own : [...before]
    if (isStructure(step)) {
      if (graph.nodes[step.to]?.kind !== 'ability' || seen.has(step.to)) return
      seen.add(step.to)
      parts.push({ ability: step.to, rules })
      for (const next of listOf(search.outOf, step.to)) open(next, rules)
      return
    }
    const rule = step.rule as AttackRuleId
    const known = opened.get(rule)
    if (!known) {
      opened.set(rule, { rule, rules, steps: [id], led: leadOf(id) })
      return
    }
    known.steps.push(id)
    known.led = worse(known.led, leadOf(id))
    for (const index of rules) if (!known.rules.includes(index)) known.rules.push(index)
  }
  for (const id of listOf(search.outOf, role)) open(id, [])
  return { opened: [...opened.values()], parts, isEverything: opened.has('wildcard') }
}
