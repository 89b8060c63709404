import type { AttackGraph, AttackNode } from '../attack/model.ts'
import { backward, type Remaining } from '../attack/search-backward.ts'
import { Forward } from '../attack/search-forward.ts'
import {
  at,
  costOfHops,
  listOf,
  type SearchGraph,
  searchGraphOf,
  unreached,
  weightOf,
  withBorrowed,
} from '../attack/search-graph.ts'
import { describe } from './describe-way.ts'
import type { Reached } from './finding.ts'
import { type Lead, type Led, leadOfCost, worse } from './lead.ts'
import { isWorse, severityOfWay } from './severity.ts'

/** Where steps of an attack graph lead in the end. */
export type Reach = {
  search: SearchGraph
  /** What everybody with a credential is: to come to be that is no gain, and its own grants are findings of their own. */
  without: ReadonlySet<number>
  /** The nodes that are a goal. */
  goalsOf(goal: Goal['goal']): ReadonlySet<number>
  /** The worst that this step leads to. */
  leadOf(step: number): Led
  /** The worst that any of these steps leads to by none of these nodes, `led` being the worst by whatever; undefined where all lead to them. */
  leadBeside(barred: ReadonlySet<number>, led: Led, steps: readonly number[]): Led | undefined
  /** The same with its way written out. */
  describe(lead: Lead): Reached
}

const goals = ['admin', 'node', 'namespace'] as const
type Goal = { goal: (typeof goals)[number]; ends: ReadonlySet<number>; rest: Remaining }
/** A way on from where a step leads; without its steps where they are those of the nearest rest. */
type WayOn = { cost: number; steps?: number[] }

/**
 * Looks backwards from all that matters over the whole graph, once each: the work does not grow with who asks. Ways on which steps of several
 * subjects join are found where a finding starts with them, not where they come later.
 */
export function reachOf(graph: AttackGraph): Reach {
  const search = searchGraphOf(graph)
  const everybody = graph.find({ kind: 'subject', subject: { kind: 'Group', name: 'system:authenticated' } })
  const without = withBorrowed(everybody === undefined ? [] : [everybody], graph)
  const remaining = goals.map((goal): Goal => {
    const ends = graph.nodes.flatMap((node, id) => (goalOf(node) === goal ? [id] : []))
    return { goal, ends: new Set(ends), rest: backward(search, ends, 'single', { without }) }
  })
  const worstOf = (id: number, wayTo: (start: number, goal: Goal) => WayOn | undefined): Led => {
    const step = graph.steps[id]
    if (!step) throw new RangeError(`no step ${id}`)
    let worst: Led | undefined
    for (const goal of remaining) {
      const way = wayTo(step.to, goal)
      if (!way) continue
      const lead = leadOfCost(id, goal.goal, way.cost + weightOf(step))
      const severity = severityOfWay(lead)
      const joined = way.steps && { joined: [id, ...way.steps] }
      if (!worst || isWorse(severity, worst.severity)) worst = { ...lead, ...joined, severity }
    }
    if (worst) return worst
    const gained = gainOf(step.to)
    const lead = leadOfCost(id, gained === undefined ? 'part' : kindOf(graph.nodes[gained]), weightOf(step))
    return { ...lead, severity: severityOfWay(lead) }
  }
  const leadOf = (id: number) => {
    return worstOf(id, (start, { rest }) => {
      const cost = at(rest.costs, start)
      return cost === unreached ? undefined : { cost }
    })
  }
  const goesBy = (barred: ReadonlySet<number>, { what, step }: Lead): boolean => {
    const rest = remaining.find(({ goal }) => goal === what)?.rest
    let node = graph.steps[step]?.to
    while (node !== undefined && !barred.has(node)) node = rest && graph.steps[at(rest.via, node)]?.to
    return node !== undefined
  }
  const forward = new Forward(search)
  const leadBeside: Reach['leadBeside'] = (barred, led, steps) => {
    if (!goesBy(barred, led)) return led
    const allowed = { without: without.union(barred) }
    return steps
      .filter((id) => !barred.has(graph.steps[id]?.to ?? -1))
      .map((id) => {
        return worstOf(id, (start, { ends, rest: { costs } }) => {
          const least = at(costs, start)
          if (least === unreached) return undefined
          // Most are hardly longer than the one that is barred: to look for those first looks at next to nothing.
          for (const more of [0, 1, 2]) {
            const most = least + costOfHops(more)
            const way = forward.wayTo([start], ends, { ...allowed, least: costs, most })
            if (way) return way
          }
          return forward.wayTo([start], ends, { ...allowed, least: costs })
        })
      })
      .reduce<Led | undefined>((worst, each) => (worst ? worse(worst, each) : each), undefined)
  }
  // What follows from a node by itself: the first that is more than a part of a way.
  const gains = new Map<number, number | undefined>()
  const gainOf = (start: number): number | undefined => {
    if (graph.nodes[start]?.kind !== 'ability') return start
    if (gains.has(start)) return gains.get(start)
    gains.set(start, undefined)
    const alone = Array.from(listOf(search.outOf, start)).filter((step) => at(search.needs, step) === 1)
    const gained = alone.map((step) => gainOf(graph.steps[step]?.to ?? start)).find((each) => each !== undefined)
    gains.set(start, gained)
    return gained
  }
  return {
    search,
    without,
    goalsOf: (goal) => remaining.find((each) => each.goal === goal)?.ends ?? new Set(),
    leadOf,
    leadBeside,
    describe: (lead) => describe(search, remaining, lead),
  }
}

function goalOf(node: AttackNode): (typeof goals)[number] | undefined {
  if (node.kind === 'admin') return 'admin'
  if (node.kind === 'node' || node.kind === 'any-node') return 'node'
  return node.kind === 'namespace-admin' && !node.all ? 'namespace' : undefined
}

function kindOf(node: AttackNode | undefined): Reached['what'] {
  if (node?.kind === 'secret' || node?.kind === 'any-secret') return 'secret'
  return node?.kind === 'pod' || node?.kind === 'any-pod' ? 'pod' : 'account'
}
