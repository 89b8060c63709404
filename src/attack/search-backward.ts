import type { ForwardLimits } from './search-forward.ts'
import { Queue } from './search-queue.ts'
import { at, listOf, type SearchGraph, unreached } from './search-graph.ts'

/** What remains from each node to the nearest goal, and the step that leads there (-1: none). */
export type Remaining = { costs: Int32Array; via: Int32Array }

/**
 * Looks from the goals backwards, over the whole graph at once. `single` walks steps of one premise alone: what it finds is a way, though
 * there may be a shorter one or others where steps of several join. `any` takes one premise for enough: what it does not find cannot be
 * part of a way, and no way is shorter than it says.
 */
export function backward(
  { graph, weights, needs, into }: SearchGraph,
  goals: Iterable<number>,
  premises: 'single' | 'any',
  { blocked, without }: Pick<ForwardLimits, 'blocked' | 'without'> = {},
): Remaining {
  const costs = new Int32Array(graph.nodes.length).fill(unreached)
  const via = new Int32Array(graph.nodes.length).fill(-1)
  const queue = new Queue()
  const reach = (node: number, cost: number, step: number) => {
    if (cost >= at(costs, node) || without?.has(node)) return
    costs[node] = cost
    via[node] = step
    queue.push(cost, node)
  }
  for (const goal of goals) reach(goal, 0, -1)
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (next.cost > at(costs, next.id)) continue
    for (const step of listOf(into, next.id)) {
      if (blocked?.has(step) || (premises === 'single' && at(needs, step) > 1)) continue
      for (const premise of graph.steps[step]?.from ?? []) reach(premise, next.cost + at(weights, step), step)
    }
  }
  return { costs, via }
}

/** The steps from a node to the goal. */
export function restOfWay({ graph }: SearchGraph, { via }: Remaining, from: number): { goal: number; steps: number[] } {
  const steps: number[] = []
  let node = from
  for (let step = at(via, node); step >= 0; step = at(via, node)) {
    steps.push(step)
    node = graph.steps[step]?.to ?? node
  }
  return { goal: node, steps }
}
