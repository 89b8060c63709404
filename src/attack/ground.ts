import type { Asked, PathsQuery } from './answer.ts'
import { buildGraph } from './build.ts'
import type { AttackWorld } from './model.ts'
import type { Target } from './report.ts'
import { type SearchGraph, searchGraphOf } from './search-graph.ts'
import { goalsOf, startNode } from './target.ts'
import { startNotes, worldWith } from './target-world.ts'

/** What a query is answered of: the world with all that is named in it, and its graph, arranged for searches. */
export type Ground = {
  world: AttackWorld
  searched: SearchGraph
  /** The nodes of those asked about. */
  starts: number[]
  /** Of each target, the nodes of which any is it. */
  goals: Set<number>[]
  notes: string[]
}

// Where it is not said where to: what an incident is lost by.
const defaultTargets: Target[] = [{ kind: 'admin' }, { kind: 'node' }]

/** The targets of a query. */
export function targetsOf({ to }: PathsQuery): Target[] {
  return to ?? defaultTargets
}

/** Builds what a query is answered of. Throws SecureError where what is named does not exist. */
export function groundOf(asked: Asked, query: PathsQuery): Ground {
  const targets = targetsOf(query)
  const notes = query.from.flatMap((start) => startNotes(start, asked.world))
  let { world } = asked
  for (const target of targets) {
    const placed = worldWith(target, world)
    world = placed.world
    notes.push(...placed.notes)
  }
  const graph = buildGraph(world)
  // All that is named is in the graph before it is arranged for searches.
  const starts = query.from.map((start) => startNode(start, graph))
  const goals = targets.map((target) => goalsOf(target, graph))
  return { world, searched: searchGraphOf(graph), starts, goals, notes }
}
