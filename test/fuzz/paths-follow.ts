import type { AttackGraph, AttackNode } from '../../src/attack/model.ts'
import type { Way } from '../../src/attack/search-forward.ts'
import { LeftOut } from './paths-become.ts'
import type { Field } from './paths-field.ts'
import { again, type Held, NoWay, take } from './paths-hop.ts'
import { proves } from './paths-proof.ts'

/** Walks a way hop by hop as whoever it says, and does at its end what only the goal may. Returns why it is none, if it is none. */
export async function follow(
  field: Field,
  graph: AttackGraph,
  way: Way,
  goal: AttackNode | undefined,
): Promise<string | undefined> {
  const held = new Map<number, Held>()
  try {
    for (const id of way.steps) {
      const step = graph.steps[id]
      if (!step) throw new NoWay('a step is not there')
      const before = step.from.map((from) => held.get(from) ?? { actors: [field.anchor] })
      held.set(step.to, await take(field, graph, step, before))
    }
    const end = held.get(way.goal)
    const proven = goal && end && (await again(field, async () => await proves(field, goal, end)))
    return proven ? undefined : 'what it leads to is not held at its end'
  } catch (error) {
    if (error instanceof NoWay || error instanceof LeftOut) return error.message
    throw error
  }
}
