import fc from 'fast-check'
import { createGraph } from '../../../src/attack/graph.ts'
import type { AttackGraph, Step } from '../../../src/attack/model.ts'
import { weightOf } from '../../../src/attack/search-graph.ts'
import { clusterRole } from '../rbac/worlds.ts'

const role = clusterRole('any')

/** Graphs of a few nodes, by number, and of steps with one premise or several, with and without length and rights. */
export function randomGraphs({ nodes = 8, steps = 14 }: { nodes?: number; steps?: number } = {}) {
  const node = fc.nat({ max: nodes - 1 })
  const step = fc.record(
    {
      from: fc.oneof(
        { weight: 3, arbitrary: fc.tuple(node) },
        { weight: 2, arbitrary: fc.array(node, { minLength: 2, maxLength: 3 }) },
      ),
      to: node,
      rule: fc.constantFrom('exec' as const, 'attach' as const, 'each' as const),
      waits: fc.option(fc.constant('until then'), { nil: undefined, freq: 4 }),
      unsure: fc.option(fc.constant('perhaps'), { nil: undefined, freq: 4 }),
    },
    { requiredKeys: ['from', 'to', 'rule'] },
  )
  return fc.array(step, { maxLength: steps }).map((drawn) => {
    // Each step has a right of its own, so that it is a grant of its own.
    return graphOf(
      nodes,
      drawn.map((each, ruleIndex) => withoutUndefined({ ...each, rights: [{ role, ruleIndex }] })),
    )
  })
}

function withoutUndefined(step: { [K in keyof Step]: Step[K] | undefined }): Step {
  return Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined)) as Step
}

export function graphOf(nodes: number, steps: Step[]): AttackGraph {
  const graph = createGraph(() => {})
  for (let id = 0; id < nodes; id += 1) graph.node({ kind: 'pod', namespace: 'shop', name: `${id}` })
  for (const step of steps) graph.add(step)
  return graph
}

/** All that follows from what is held: steps are tried until none leads further. */
export function closureOf(steps: readonly Step[], held: readonly number[]): Set<number> {
  const reached = new Set(held)
  for (;;) {
    const next = steps.filter(({ from, to }) => !reached.has(to) && from.every((premise) => reached.has(premise)))
    if (next.length === 0) return reached
    for (const { to } of next) reached.add(to)
  }
}

/** What each node costs where each premise is derived by itself, found by trying until nothing gets cheaper. */
export function treeCosts(graph: AttackGraph, held: readonly number[]): number[] {
  const costs = graph.nodes.map((_, id) => (held.includes(id) ? 0 : Number.POSITIVE_INFINITY))
  for (let isChanged = true; isChanged; ) {
    isChanged = false
    for (const step of graph.steps) {
      const premises = [...new Set(step.from)].map((premise) => costs[premise] ?? 0)
      const cost = premises.reduce((sum, each) => sum + each, weightOf(step))
      if (cost >= (costs[step.to] ?? 0)) continue
      costs[step.to] = cost
      isChanged = true
    }
  }
  return costs
}

/** The sets of steps that lead to the goal and of which none can be spared; with what each costs. Tries all sets: for small graphs. */
export function leastSets(
  graph: AttackGraph,
  held: readonly number[],
  goal: number,
): { steps: number[]; cost: number }[] {
  const found: { steps: number[]; mask: number; cost: number }[] = []
  const masks = Array.from({ length: 2 ** graph.steps.length }, (_, mask) => mask)
  const sizeOf = (mask: number) => mask.toString(2).replaceAll('0', '').length
  for (const mask of masks.sort((a, b) => sizeOf(a) - sizeOf(b))) {
    if (found.some((each) => (each.mask & mask) === each.mask)) continue
    const steps = graph.steps.flatMap((_, id) => (mask & (1 << id) ? [id] : []))
    const used = steps.flatMap((id) => graph.steps[id] ?? [])
    if (!closureOf(used, held).has(goal)) continue
    found.push({ steps, mask, cost: used.reduce((sum, step) => sum + weightOf(step), 0) })
  }
  return found
}

/** Whether each step has what it needs by those before it, and the last leads to the goal. */
export function isDerivation(
  graph: AttackGraph,
  held: readonly number[],
  goal: number,
  way: readonly number[],
): boolean {
  const reached = new Set(held)
  for (const id of way) {
    const step = graph.steps[id]
    if (!step || !step.from.every((premise) => reached.has(premise))) return false
    reached.add(step.to)
  }
  return reached.has(goal) && new Set(way).size === way.length
}

export function costOf(graph: AttackGraph, way: readonly number[]): number {
  return way.reduce((sum, id) => sum + weightOf(graph.steps[id] ?? { rule: 'each', from: [], to: 0 }), 0)
}
