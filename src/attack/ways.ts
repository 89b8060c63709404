import { Forward, type ForwardLimits, type Way } from './search-forward.ts'
import { listOf, type SearchGraph } from './search-graph.ts'
import { Queue } from './search-queue.ts'
import type { Right } from './model.ts'

// Ways multiply: with five at each of four hops there are hundreds. What is asked is answered in a bounded number of searches.
const mostSearches = 200

/**
 * The ways to a goal that differ in their grants, shortest first; `isAll` where there are surely no more. Found as Reiter finds diagnoses
 * ("A Theory of Diagnosis from First Principles", 1987): once without each grant of a way that was found, and so on.
 */
export function allWays(
  graph: SearchGraph,
  held: readonly number[],
  goals: ReadonlySet<number>,
  {
    count,
    keyOf,
    ...limits
  }: ForwardLimits & { count: number /** Ways of one key are the same to the reader. */; keyOf(way: Way): string },
): { ways: Way[]; isAll: boolean } {
  const forward = new Forward(graph)
  const units = new Units(graph)
  const found = new Map<string, Way>()
  const open: { way: Way; without: string[] }[] = []
  const queue = new Queue()
  const tried = new Set<string>()
  const look = (without: string[]) => {
    const key = without.toSorted().join()
    if (tried.has(key)) return
    tried.add(key)
    const blocked = new Set([...(limits.blocked ?? []), ...without.flatMap((unit) => units.stepsOf(unit))])
    const way = forward.wayTo(held, goals, { ...limits, blocked })
    if (way) queue.push(way.cost, open.push({ way, without }) - 1)
  }
  look([])
  for (let next = queue.pop(); next; next = queue.pop()) {
    const { way, without } = open[next.id] ?? { way: { goal: -1, cost: 0, steps: [] }, without: [] }
    const parts = units.of(way)
    const key = keyOf(way)
    if (!found.has(key)) {
      if (found.size === count) return { ways: shortestFirst(found), isAll: false }
      found.set(key, way)
    }
    for (const part of parts) {
      if (tried.size >= mostSearches) return { ways: shortestFirst(found), isAll: false }
      look([...without, part])
    }
  }
  return { ways: shortestFirst(found), isAll: true }
}

// Where steps join, a search may miss the shortest, and find it once another way is barred.
function shortestFirst(found: ReadonlyMap<string, Way>): Way[] {
  return [...found.values()].sort((a, b) => a.cost - b.cost)
}

/** The parts of a way that are grants: a binding, or a rule of a role, as far as it is used from what is held then. */
class Units {
  readonly #graph: SearchGraph
  readonly #steps = new Map<string, number[]>()
  readonly #numbers = new Map<unknown, number>()

  constructor(graph: SearchGraph) {
    this.#graph = graph
  }

  of({ steps }: Way): string[] {
    return [...new Set(steps.flatMap((step) => this.#unit(step) ?? []))]
  }

  /** The steps that a grant makes possible. */
  stepsOf(unit: string): number[] {
    return this.#steps.get(unit) ?? []
  }

  #unit(step: number): string | undefined {
    const { from = [], rights } = this.#graph.graph.steps[step] ?? {}
    const first = from[0] ?? -1
    const isBindings = this.#graph.graph.nodes[first]?.kind === 'binding'
    if (!isBindings && !rights) return undefined
    const nameOf = (id: number) => {
      const { from = [], rights } = this.#graph.graph.steps[id] ?? {}
      return `${from.join('+')} ${(rights ?? []).map((right) => this.#textOf(right)).join('+')}`
    }
    const name = isBindings ? `${first}` : nameOf(step)
    if (!this.#steps.has(name)) {
      const beside = Array.from(listOf(this.#graph.outOf, first))
      this.#steps.set(name, isBindings ? beside : beside.filter((other) => nameOf(other) === name))
    }
    return name
  }

  #textOf({ role, ruleIndex, bound }: Right): string {
    return `${this.#numberOf(role)}/${ruleIndex}/${bound ? this.#numberOf(bound.binding) : ''}`
  }

  #numberOf(thing: unknown): number {
    const number = this.#numbers.get(thing) ?? this.#numbers.size
    this.#numbers.set(thing, number)
    return number
  }
}
