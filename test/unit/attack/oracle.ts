import { buildGraph } from '../../../src/attack/build.ts'
import type { AttackNode, AttackWorld } from '../../../src/attack/model.ts'
import { closure } from './closure.ts'

/** How the graph says that somebody comes to hold something: surely, only by what waits or is unsure, or not at all. */
export type Word = 'surely' | 'perhaps' | 'no'

export type Oracle = (held: AttackNode[], claim: AttackNode) => Word

export function oracleOf(world: AttackWorld): Oracle {
  const graph = buildGraph(world)
  const sure = {
    ...graph,
    steps: graph.steps.filter(({ waits, unsure }) => waits === undefined && unsure === undefined),
  }
  return (held, claim) => {
    const to = graph.find(claim)
    const from = held.flatMap((node) => graph.find(node) ?? [])
    if (to === undefined) return 'no'
    if (closure(sure, from).nodes.has(to)) return 'surely'
    return closure(graph, from).nodes.has(to) ? 'perhaps' : 'no'
  }
}
