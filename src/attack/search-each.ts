import { backward, type Remaining, restOfWay } from './search-backward.ts'
import { Forward, type ForwardLimits, type Way } from './search-forward.ts'
import { at, listOf, type SearchGraph, unreached, withBorrowed } from './search-graph.ts'

export type Limits = Pick<ForwardLimits, 'blocked' | 'without' | 'most'>

/** Looks for ways to the same goals, within the same limits, of one source after the other. */
export class Search {
  readonly #graph: SearchGraph
  readonly #goals: ReadonlySet<number>
  readonly #limits: Limits
  readonly #sure: Remaining
  readonly #least: Remaining
  readonly #forward: Forward
  /** What was found for sources with the same rights. */
  readonly #known = new Map<string, number>()
  readonly #found: Map<number, number>

  constructor(graph: SearchGraph, goals: ReadonlySet<number>, limits: Limits, found: Map<number, number>) {
    this.#graph = graph
    this.#goals = goals
    this.#limits = limits
    this.#found = found
    this.#sure = backward(graph, goals, 'single', limits)
    this.#least = backward(graph, goals, 'any', limits)
    this.#forward = new Forward(graph)
  }

  /** Notes what the shortest way of a source costs; where it has none, the group by which it reaches the goals all the same. */
  add(source: number): number | undefined {
    const { own, groups } = this.#rights(source)
    const cost = this.#chain(source, own, groups)?.cost ?? this.#costOfSearch(source, own, groups)
    if (cost < unreached) this.#found.set(source, cost)
    return cost < unreached ? undefined : [...groups][0]
  }

  wayOf(source: number): Way | undefined {
    const { own, groups } = this.#rights(source)
    return this.#chain(source, own, groups) ?? this.#search(source, groups)
  }

  /** Several ways of a source at once, the shortest among them: one by each of its steps from which single steps lead on. */
  someWays(source: number): Way[] {
    const { own, groups } = this.#rights(source)
    const shortest = this.wayOf(source)
    const others = own.flatMap((step) => this.#chain(source, [step], groups) ?? [])
    return shortest ? [shortest, ...others.filter(({ steps }) => steps[0] !== shortest.steps[0])] : others
  }

  /** The steps from a source, and the groups of it that have a way themselves, which it may not go by. */
  #rights(source: number): { own: number[]; groups: Set<number> } {
    const { steps } = this.#graph.graph
    const groups = new Set([...groupsOf(this.#graph, source)].filter((group) => this.#found.has(group)))
    const own = Array.from(listOf(this.#graph.outOf, source)).filter((step) => {
      return !this.#limits.blocked?.has(step) && !groups.has(steps[step]?.to ?? -1)
    })
    return { own, groups }
  }

  /** The way along single steps, where no other can be shorter and it goes neither by where it starts nor by a group that has it itself. */
  #chain(source: number, own: readonly number[], groups: ReadonlySet<number>): Way | undefined {
    const { graph, weights, needs } = this.#graph
    if (this.#goals.has(source)) return { goal: source, cost: 0, steps: [] }
    let best = { cost: unreached, step: -1, to: -1 }
    let lowest = unreached
    for (const step of own) {
      const { to = -1 } = graph.steps[step] ?? {}
      lowest = Math.min(lowest, plus(at(this.#least.costs, to), at(weights, step)))
      const cost = at(needs, step) > 1 ? unreached : plus(at(this.#sure.costs, to), at(weights, step))
      if (cost < best.cost) best = { cost, step, to }
    }
    if (best.step < 0 || best.cost > lowest || best.cost > (this.#limits.most ?? unreached)) return undefined
    const { goal, steps } = restOfWay(this.#graph, this.#sure, best.to)
    const barred = withBorrowed([source, ...groups], graph)
    if (barred.has(goal) || steps.some((step) => graph.steps[step]?.from.some((node) => barred.has(node))))
      return undefined
    return { goal, cost: best.cost, steps: [best.step, ...steps] }
  }

  #costOfSearch(source: number, own: readonly number[], groups: ReadonlySet<number>): number {
    const { steps } = this.#graph.graph
    if (own.every((step) => at(this.#least.costs, steps[step]?.to ?? -1) === unreached)) return unreached
    const key = `${this.#ends(own)} without ${[...groups].join()}`
    const cost = this.#known.get(key) ?? this.#search(source, groups)?.cost ?? unreached
    this.#known.set(key, cost)
    return cost
  }

  #search(source: number, groups: ReadonlySet<number>): Way | undefined {
    const { without = new Set() } = this.#limits
    return this.#forward.wayTo([source], this.#goals, {
      ...this.#limits,
      least: this.#least.costs,
      // A rest that leads by such a group is none.
      ...(groups.size > 0
        ? { without: without.union(withBorrowed(groups, this.#graph.graph)) }
        : { sure: this.#sure.costs }),
    })
  }

  // Where steps lead, a binding being no more than the role that it gives: who has the same of these reaches the same.
  #ends(own: readonly number[]): string {
    const { graph, weights, outOf } = this.#graph
    const ends = own.map((step) => {
      const { to = -1, from = [] } = graph.steps[step] ?? {}
      if (from.length > 1) return `step ${step}`
      const after = graph.nodes[to]?.kind === 'binding' ? Array.from(listOf(outOf, to)) : []
      const [only = -1, ...others] = after.filter((next) => !this.#limits.blocked?.has(next))
      return `${others.length > 0 ? to : (graph.steps[only]?.to ?? to)} ${at(weights, step)}`
    })
    return ends.sort().join()
  }
}

/** The groups that a subject is in, those of its groups among them. */
export function groupsOf({ graph, outOf }: SearchGraph, source: number): Set<number> {
  const groups = new Set<number>()
  const add = (node: number) => {
    for (const step of listOf(outOf, node)) {
      const { rule, to = -1 } = graph.steps[step] ?? {}
      if (rule === 'member') groups.add(to)
    }
  }
  add(source)
  for (const group of groups) add(group)
  return groups
}

function plus(cost: number, weight: number): number {
  return cost === unreached ? unreached : cost + weight
}
