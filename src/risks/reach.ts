import type { AttackGraph, AttackNode } from '../attack/model.ts'
import { backward } from '../attack/search-backward.ts'
import { at, hopsIn, listOf, type SearchGraph, searchGraphOf, unreached, weightOf } from '../attack/search-graph.ts'
import { describe } from './describe-way.ts'
import type { Reached, Severity } from './finding.ts'
import { isWorse, severityOfWay } from './severity.ts'

/** The worst that a step leads to, small enough to be kept for each finding. */
export type Lead = {
  /** `part`: nothing by itself, but what a way needs. */
  what: Reached['what'] | 'part'
  hops: number
  waits: boolean
  unsure: boolean
  step: number
  /** The whole way, where several rights join on it. */
  joined?: number[]
}

/** For somebody named, how bad that is. */
export type Led = Lead & { severity: Severity }

/** Where steps of an attack graph lead in the end. */
export type Reach = {
  search: SearchGraph
  /** What everybody with a credential is: to come to be that is no gain, and its own grants are findings of their own. */
  without: ReadonlySet<number>
  /** The nodes that are a goal. */
  goalsOf(goal: (typeof goals)[number]): number[]
  /** The worst that this step leads to. */
  leadOf(step: number): Led
  /** The same with its way written out. */
  describe(lead: Lead): Reached
}

const goals = ['admin', 'node', 'namespace'] as const
const waitingBits = 0x3ff

/**
 * Looks backwards from all that matters over the whole graph, once each: the work does not grow with who asks. Ways on which steps of several
 * subjects join are found where a finding starts with them, not where they come later.
 */
export function reachOf(graph: AttackGraph): Reach {
  const search = searchGraphOf(graph)
  const everybody = graph.find({ kind: 'subject', subject: { kind: 'Group', name: 'system:authenticated' } })
  const without = new Set(everybody === undefined ? [] : [everybody])
  const remaining = goals.map((goal) => {
    const ends = graph.nodes.flatMap((node, id) => (goalOf(node) === goal ? [id] : []))
    return { goal, ends, rest: backward(search, ends, 'single', { without }) }
  })
  const leadOf = (id: number): Led => {
    const step = graph.steps[id]
    if (!step) throw new RangeError(`no step ${id}`)
    let worst: Led | undefined
    for (const { goal, rest } of remaining) {
      if (at(rest.costs, step.to) === unreached) continue
      const lead = leadOfCost(id, goal, at(rest.costs, step.to) + weightOf(step))
      const severity = severityOfWay(lead)
      if (!worst || isWorse(severity, worst.severity)) worst = { ...lead, severity }
    }
    if (worst) return worst
    const gained = gainOf(step.to)
    const lead = leadOfCost(id, gained === undefined ? 'part' : kindOf(graph.nodes[gained]), weightOf(step))
    return { ...lead, severity: severityOfWay(lead) }
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
    goalsOf: (goal) => remaining.find((each) => each.goal === goal)?.ends ?? [],
    leadOf,
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

/** What a cost says of a way. */
export function leadOfCost(step: number, what: Lead['what'], cost: number): Lead {
  return {
    step,
    what,
    hops: Math.max(hopsIn(cost), 1),
    waits: ((cost >> 10) & waitingBits) > 0,
    unsure: (cost & waitingBits) > 0,
  }
}
