import type { AttackGraph, AttackNode, Step, StructureId } from './model.ts'

/** An attack graph arranged for searches: its steps by their premises and by where they lead, as flat lists of numbers. */
export type SearchGraph = {
  graph: AttackGraph
  /** What each step costs. */
  weights: Int32Array
  /** How many different nodes each step needs. */
  needs: Int32Array
  /** Of a subject whose rights are borrowed, the node of the one that it is; -1 of all else. */
  ownOf: Int32Array
  /** The steps that need a node. */
  outOf: Lists
  /** The steps that lead to a node. */
  into: Lists
}

/** Many short lists of numbers, one behind the other: `items` from one of `starts` to the next. */
type Lists = { starts: Int32Array; items: Int32Array }

/*
 * A cost is one number, so that costs add up and compare at once: hops before all, then how often it waits for somebody, then how much of it is
 * unsure. Each has room for a thousand, which no way comes near.
 */
const hop = 1 << 20
const waiting = 1 << 10

/** The cost of what is not reached: more than any. */
export const unreached = 0x7fffffff

/** The attack rules in a cost. */
export function hopsIn(cost: number): number {
  return cost >> 20
}

/** The most that a way of so many hops may cost. */
export function costOfHops(hops: number): number {
  return Math.min(hops, 1000) * hop + (hop - 1)
}

const structure: ReadonlySet<string> = new Set<StructureId>(['holds', 'bound', 'member', 'each', 'part'])

export function isStructure({ rule }: Step): boolean {
  return structure.has(rule)
}

/** A hop costs one, structure nothing; what waits or is unsure costs a little more than what is like it and is not. */
export function weightOf(step: Step): number {
  const { waits, unsure } = step
  return (isStructure(step) ? 0 : hop) + (waits === undefined ? 0 : waiting) + (unsure === undefined ? 0 : 1)
}

export function searchGraphOf(graph: AttackGraph): SearchGraph {
  const { nodes, steps } = graph
  const weights = new Int32Array(steps.length)
  const needs = new Int32Array(steps.length)
  for (let id = 0; id < steps.length; id += 1) {
    const step = steps[id]
    if (!step) continue
    weights[id] = weightOf(step)
    needs[id] = step.from.length > 1 ? new Set(step.from).size : step.from.length
  }
  return {
    graph,
    weights,
    needs,
    ownOf: Int32Array.from(nodes, (node) => (node.kind === 'subject' && node.borrowed ? ownNode(node, graph) : -1)),
    outOf: lists(nodes.length, (put) => {
      for (let id = 0; id < steps.length; id += 1) {
        const { from = [] } = steps[id] ?? {}
        if (from.length > 1) for (const premise of new Set(from)) put(premise, id)
        else if (from[0] !== undefined) put(from[0], id)
      }
    }),
    into: lists(nodes.length, (put) => {
      for (let id = 0; id < steps.length; id += 1) put(steps[id]?.to ?? -1, id)
    }),
  }
}

function ownNode({ subject }: Extract<AttackNode, { kind: 'subject' }>, graph: AttackGraph): number {
  return graph.find({ kind: 'subject', subject }) ?? -1
}

/** These nodes, and of each subject among them the one whose rights are borrowed of it: to become who one is, is no gain. */
export function withBorrowed(nodes: Iterable<number>, graph: AttackGraph): Set<number> {
  const all = new Set(nodes)
  for (const id of nodes) {
    const node = graph.nodes[id]
    const borrowed = node?.kind === 'subject' ? graph.find({ ...node, borrowed: true }) : undefined
    if (borrowed !== undefined) all.add(borrowed)
  }
  return all
}

/** Lists of what `each` puts in them; it is asked twice, first to count. */
function lists(count: number, each: (put: (list: number, item: number) => void) => void): Lists {
  const starts = new Int32Array(count + 1)
  each((list) => (starts[list + 1] = at(starts, list + 1) + 1))
  for (let list = 0; list < count; list += 1) starts[list + 1] = at(starts, list + 1) + at(starts, list)
  const filled = starts.slice()
  const items = new Int32Array(at(starts, count))
  each((list, item) => {
    const place = at(filled, list)
    items[place] = item
    filled[list] = place + 1
  })
  return { starts, items }
}

/** The list of this number. */
export function listOf({ starts, items }: Lists, list: number): Int32Array {
  return items.subarray(at(starts, list), at(starts, list + 1))
}

/** A number of a list that surely has it. */
export function at(numbers: Int32Array, index: number): number {
  return numbers[index] ?? 0
}
