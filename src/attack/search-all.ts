import { groupsOf, type Limits, Search } from './search-each.ts'
import type { Way } from './search-forward.ts'
import { type SearchGraph, withBorrowed } from './search-graph.ts'

/** Who reaches a goal. */
export type Reachers = {
  /** The sources with a way of their own, and what the shortest costs. */
  found: { source: number; cost: number }[]
  /** How many reach it only as members of a group that is a source itself, by that group. */
  members: Map<number, number>
  wayOf(source: number): Way | undefined
  /** Several ways at once, the shortest among them. */
  someWaysOf(source: number): Way[]
}

/**
 * Which of the sources reach a goal, each alone. One look backwards answers for all ways in which no steps join; only for who could do better, or
 * do it at all, by joining several, there is a search of their own, once for those with the same rights. So the work grows with the graph.
 *
 * A way by a group that is a source and reaches a goal itself is the group's, not the member's: else a right of `system:authenticated` would
 * be on everybody's row.
 */
export function reachers(
  graph: SearchGraph,
  sources: readonly number[],
  goals: ReadonlySet<number>,
  limits: Limits = {},
): Reachers {
  const ofNobody = sources.filter((source) => groupsOf(graph, source).size === 0)
  const ofGroups = sources.filter((source) => groupsOf(graph, source).size > 0)
  const found = new Map<number, number>()
  const members = new Map<number, number>()
  const first = new Search(graph, goals, limits, found)
  for (const source of ofNobody) first.add(source)
  // What all the others are in is for none of them to go by.
  const shared = ofNobody.filter(
    (group) => found.has(group) && ofGroups.every((each) => groupsOf(graph, each).has(group)),
  )
  const without = new Set([...(limits.without ?? []), ...withBorrowed(shared, graph.graph)])
  const second = shared.length > 0 ? new Search(graph, goals, { ...limits, without }, found) : first
  for (const source of groupsFirst(graph, ofGroups)) {
    const group = second.add(source)
    if (group !== undefined) members.set(group, (members.get(group) ?? 0) + 1)
  }
  const isFirst = new Set(ofNobody)
  return {
    found: sources.flatMap((source) => {
      const cost = found.get(source)
      return cost === undefined ? [] : [{ source, cost }]
    }),
    members,
    wayOf: (source) => (isFirst.has(source) ? first : second).wayOf(source),
    someWaysOf: (source) => (isFirst.has(source) ? first : second).someWays(source),
  }
}

// Members of a group are looked at after it.
function groupsFirst({ graph }: SearchGraph, sources: readonly number[]): number[] {
  const isGroup = (source: number) => {
    const node = graph.nodes[source]
    return node?.kind === 'subject' && node.subject.kind === 'Group'
  }
  return [...sources.filter(isGroup), ...sources.filter((source) => !isGroup(source))]
}
