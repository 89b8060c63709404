import { buildGraph } from '../../../src/attack/build.ts'
import type { AttackGraph, AttackNode, AttackWorld, Step } from '../../../src/attack/model.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'

/** Everything that is reached from some nodes, by trying every step until none leads further; and the steps that are possible then. */
export function closure({ steps }: AttackGraph, from: number[]): { nodes: Set<number>; steps: Step[] } {
  const nodes = new Set(from)
  const isPossible = (step: Step) => step.from.every((id) => nodes.has(id))
  for (let size = -1; size !== nodes.size; ) {
    size = nodes.size
    for (const step of steps) if (isPossible(step)) nodes.add(step.to)
  }
  return { nodes, steps: steps.filter(isPossible) }
}

/** Whether a subject reaches a node, and the rules that are possible for it on whatever way. */
export function reaches(world: AttackWorld, subject: Subject, to: AttackNode): { isReached: boolean; rules: string[] } {
  const graph = buildGraph(world)
  const start = graph.node({ kind: 'subject', subject })
  const goal = graph.node(to)
  const { nodes, steps } = closure(graph, [start])
  return { isReached: nodes.has(goal), rules: [...new Set(steps.map(({ rule }) => rule))] }
}
