import type { BoundRole } from '../rbac/rbac-index.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { AttackGraph, Right, Step } from './model.ts'

/** What lies between a hop and those before it. */
export type Before = {
  /** The node that the hop starts from, as a reader would say. */
  origin: number
  /** The hops that it needs, each with what it is used as. */
  led: Map<number, Set<number>>
  /** The steps of structure. */
  passed: Set<Step>
  groups: string[]
  held: { bound: BoundRole; by: Subject | undefined }[]
  rights: Right[]
}

/** Goes back from what a hop needs to the hops that gave it. */
export function traceBack(
  graph: AttackGraph,
  premises: number[],
  madeBy: Map<number, Step>,
  numbers: Map<Step, number>,
): Before {
  const before: Before = { origin: -1, led: new Map(), passed: new Set(), groups: [], held: [], rights: [] }
  const origins: number[] = []
  const seen = new Set<string>()
  // Behind an origin only the hops matter that it comes from.
  const open = premises.map((node) => ({ node, behind: -1 })).reverse()
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, behind } = next
    // One hop may be used as more than one thing.
    const place = `${node} ${behind}`
    if (seen.has(place)) continue
    seen.add(place)
    const step = madeBy.get(node)
    const number = step && numbers.get(step)
    const isOrigin = !step || number !== undefined || !isBetween(graph, step)
    if (isOrigin && behind < 0) origins.push(node)
    if (number !== undefined) {
      before.led.set(number, (before.led.get(number) ?? new Set<number>()).add(behind < 0 ? node : behind))
    }
    if (!step || number !== undefined) continue
    before.passed.add(step)
    if (!isOrigin && behind < 0) note(before, graph, step)
    const origin = behind < 0 && isOrigin ? node : behind
    open.push(...step.from.map((from) => ({ node: from, behind: origin })).reverse())
  }
  before.origin = origins.find((node) => graph.nodes[node]?.kind !== 'ability') ?? origins[0] ?? premises[0] ?? -1
  return before
}

/** Whether a step of structure leads to something that is no more than a part of what is held before. */
function isBetween({ nodes }: AttackGraph, { rule, to }: Step): boolean {
  const kind = nodes[to]?.kind
  return rule === 'member' || kind === 'binding' || kind === 'role' || kind === 'ability'
}

function note(before: Before, { nodes }: AttackGraph, { to, from, rule, rights = [] }: Step): void {
  const node = nodes[to]
  before.rights.push(...rights)
  if (node?.kind === 'binding') {
    const holder = nodes[from[0] ?? -1]
    before.held.push({ bound: node.bound, by: holder?.kind === 'subject' ? holder.subject : undefined })
  }
  if (rule === 'member' && node?.kind === 'subject') before.groups.push(node.subject.name)
}
