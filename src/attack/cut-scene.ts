import type { Binding } from '../snapshot/objects.ts'
import { usedBy } from './cut-grants.ts'
import { type Removal, worldWithout } from './cut-world.ts'
import type { AttackGraph, AttackWorld } from './model.ts'
import { reachers } from './search-all.ts'
import { type SearchGraph, searchGraphOf } from './search-graph.ts'

/** What is cut, in terms that hold as well for a world of which something has been taken away. */
export type CutQuestion = {
  world: AttackWorld
  /** The graph of it. */
  whole: SearchGraph
  build(world: AttackWorld): AttackGraph
  goalsOf(graph: AttackGraph): ReadonlySet<number>
  /** Whose ways, each with the text by which it is known in every graph. */
  sourcesOf(graph: AttackGraph): Map<number, string>
  /** The subjects (subjectKey) that may be taken out of a binding: none of the system's own. */
  cuttable(binding: Binding): ReadonlySet<string>
}

/** A graph of a world without something. */
export type Scene = { searched: SearchGraph; original: Map<Binding, Binding> }

/** A way that is left, with the bindings on it that may be cut and the subjects of them by which it is. */
export type LeftWay = {
  graph: AttackGraph
  source: number
  text: string
  goal: number
  steps: number[]
  used: Map<Binding, Set<string>>
}

export function sceneWithout({ world, build }: CutQuestion, removal: Removal): Scene {
  const { world: less, original } = worldWithout(world, removal)
  return { searched: searchGraphOf(build(less)), original }
}

/** Ways of each source that has any, the shortest among them, but for those to be passed over. */
export function waysLeft(
  question: CutQuestion,
  { searched, original }: Scene,
  passOver: { has(text: string): boolean },
  blocked: ReadonlySet<number> = new Set(),
): LeftWay[] {
  const { graph } = searched
  const sources = question.sourcesOf(graph)
  const { found, someWaysOf } = reachers(searched, [...sources.keys()], question.goalsOf(graph), { blocked })
  return found.flatMap(({ source }) => {
    const text = sources.get(source) ?? ''
    if (passOver.has(text)) return []
    return someWaysOf(source).map(({ goal, steps }) => {
      return { graph, source, goal, text, steps, used: cuttableOn(question, original, graph, steps) }
    })
  })
}

function cuttableOn(
  { cuttable }: CutQuestion,
  original: Scene['original'],
  graph: AttackGraph,
  steps: readonly number[],
): LeftWay['used'] {
  const used = new Map<Binding, Set<string>>()
  for (const { binding: current, key } of usedBy(graph, steps)) {
    const binding = original.get(current) ?? current
    used.set(binding, (used.get(binding) ?? new Set()).add(key))
  }
  // Where a subject has it by two entries, of which one may not be cut, nothing is won by cutting the other.
  for (const [binding, keys] of used) if (!keys.isSubsetOf(cuttable(binding))) used.delete(binding)
  return used
}
