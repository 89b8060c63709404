import { Queue } from './search-queue.ts'
import { at, listOf, type SearchGraph, unreached } from './search-graph.ts'

/** A derivation: steps in an order in which each has what it needs, each of them once. */
export type Way = { goal: number; cost: number; steps: number[] }

export type ForwardLimits = {
  /** Steps that may not be used: what a cut takes away. */
  blocked?: ReadonlySet<number>
  /** Nodes that no way may go by. */
  without?: ReadonlySet<number>
  /** No way that costs more is looked for. */
  most?: number
  /** What at least remains from a node to a goal (`backward(…, 'any')`): saves looking where no goal can be reached in time. */
  least?: Int32Array
  /** What surely remains from a node to a goal (`backward(…, 'single')`): once one is in sight, nothing dearer is looked for. */
  sure?: Int32Array
}

/**
 * Searches of one graph from what somebody holds, one after the other: they share their memory, since thousands of them are made.
 *
 * Knuth's generalisation of Dijkstra's algorithm to steps that need several nodes ("A Generalization of Dijkstra's Algorithm", 1977). The cost of a
 * node is that of the steps of its derivation, each counted once. Where no step has several premises, that is the least there is; else it
 * may be more than the least, which is hard to find, but is never more than where each premise is derived by itself.
 */
export class Forward {
  readonly #graph: SearchGraph
  readonly #costs: Int32Array
  readonly #via: Int32Array
  readonly #done: Uint8Array
  /** Premises that a step still lacks, where it needs several. */
  readonly #lacks: Int32Array
  #touched: number[] = []
  #touchedSteps: number[] = []

  constructor(graph: SearchGraph) {
    this.#graph = graph
    this.#costs = new Int32Array(graph.graph.nodes.length).fill(unreached)
    this.#via = new Int32Array(graph.graph.nodes.length).fill(-1)
    this.#done = new Uint8Array(graph.graph.nodes.length)
    this.#lacks = graph.needs.slice()
  }

  /** The shortest way from what is held to a goal; undefined where there is none. */
  wayTo(held: readonly number[], goals: ReadonlySet<number>, limits: ForwardLimits = {}): Way | undefined {
    this.#forget()
    const goal = this.#search(held, goals, limits)
    return goal === undefined ? undefined : { goal, cost: at(this.#costs, goal), steps: this.#derivation([goal]) }
  }

  /** Everything that follows from what is held, cheapest first. */
  all(held: readonly number[], limits: ForwardLimits = {}): number[] {
    this.#forget()
    this.#search(held, new Set(), limits)
    return this.#touched.filter((node) => this.#done[node] === 1)
  }

  #search(held: readonly number[], goals: ReadonlySet<number>, limits: ForwardLimits): number | undefined {
    const { blocked, without, least, sure } = limits
    let most = limits.most ?? unreached - 1
    const queue = new Queue()
    const reach = (node: number, cost: number, via: number) => {
      if (cost >= at(this.#costs, node) || cost > most || without?.has(node)) return
      if (least && at(least, node) > most - cost) return
      if (at(this.#costs, node) === unreached) this.#touched.push(node)
      this.#costs[node] = cost
      this.#via[node] = via
      queue.push(cost, node)
    }
    for (const node of held) reach(node, 0, -1)
    for (let next = queue.pop(); next; next = queue.pop()) {
      const { id, cost } = next
      if (this.#done[id] === 1) continue
      this.#done[id] = 1
      if (goals.has(id)) return id
      if (sure && at(sure, id) < unreached) most = Math.min(most, cost + at(sure, id))
      for (const step of listOf(this.#graph.outOf, id)) {
        if (blocked?.has(step)) continue
        const target = this.#graph.graph.steps[step]
        // Who one is already gives less when borrowed.
        if (!target || this.#done[at(this.#graph.ownOf, target.to)] === 1) continue
        const before = this.#costBefore(step, target.from, cost)
        if (before !== undefined) reach(target.to, before + at(this.#graph.weights, step), step)
      }
    }
    return undefined
  }

  /** What all premises of a step cost together, one of them having just been reached; undefined where others are lacking. */
  #costBefore(step: number, premises: readonly number[], cost: number): number | undefined {
    if (at(this.#graph.needs, step) === 1) return cost
    const lacks = at(this.#lacks, step) - 1
    if (lacks === at(this.#graph.needs, step) - 1) this.#touchedSteps.push(step)
    this.#lacks[step] = lacks
    if (lacks > 0) return undefined
    return this.#derivation(premises).reduce((sum, each) => sum + at(this.#graph.weights, each), 0)
  }

  /** The steps by which these nodes were reached, what each needs before it. */
  #derivation(goals: readonly number[]): number[] {
    const { steps } = this.#graph.graph
    const order: number[] = []
    const seen = new Set<number>()
    const open = goals.toReversed()
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      // A node that comes again as its complement has all that it needs in the order.
      if (node < 0) {
        order.push(at(this.#via, ~node))
        continue
      }
      const via = at(this.#via, node)
      if (via < 0 || seen.has(node)) continue
      seen.add(node)
      open.push(~node, ...(steps[via]?.from.toReversed() ?? []))
    }
    return order
  }

  #forget(): void {
    for (const node of this.#touched) {
      this.#costs[node] = unreached
      this.#via[node] = -1
      this.#done[node] = 0
    }
    for (const step of this.#touchedSteps) this.#lacks[step] = at(this.#graph.needs, step)
    this.#touched = []
    this.#touchedSteps = []
  }
}
