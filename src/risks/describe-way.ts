import type { AttackRuleId } from '../attack/model.ts'
import { nodeText } from '../attack/nodes.ts'
import { type Remaining, restOfWay } from '../attack/search-backward.ts'
import { isStructure, type SearchGraph } from '../attack/search-graph.ts'
import type { Reached } from './finding.ts'
import type { Lead } from './lead.ts'

/** A lead with its way written out. */
export function describe(search: SearchGraph, remaining: { goal: string; rest: Remaining }[], lead: Lead): Reached {
  const { steps, nodes } = search.graph
  const first = steps[lead.step]
  if (!first) throw new RangeError(`no step ${lead.step}`)
  const rest = remaining.find(({ goal }) => goal === lead.what)?.rest
  const way = rest && !lead.joined ? restOfWay(search, rest, first.to) : { goal: first.to, steps: [] }
  const textOf = (id: number) => {
    const node = nodes[id]
    return node ? nodeText(node) : ''
  }
  // What a hop gives is best said by the last that follows from it by itself: not "any account", but which.
  const hops: Reached['way'] = []
  const walked = lead.joined ?? [lead.step, ...way.steps]
  for (const step of walked.flatMap((id) => steps[id] ?? [])) {
    const { rule, to } = step
    const kind = nodes[to]?.kind
    const isBetween = kind === 'binding' || kind === 'role' || kind === 'ability'
    const last = hops.at(-1)
    if (!isStructure(step)) hops.push({ rule: rule as AttackRuleId, to: textOf(to) })
    else if (last && !isBetween) last.to = textOf(to)
  }
  return {
    what: lead.what === 'part' ? 'account' : lead.what,
    text: textOf(steps[walked.at(-1) ?? -1]?.to ?? way.goal),
    hops: lead.hops,
    way: hops,
    ...(lead.waits ? { waits: true } : {}),
    ...(lead.unsure ? { unsure: true } : {}),
  }
}
