import { apiVersion, type Gap } from '../snapshot/snapshot.ts'
import { leftOut, noneWithin } from './answer-notes.ts'
import type { Bootstrap } from './bootstrap.ts'
import { gainsOf } from './gains.ts'
import { groundOf, targetsOf } from './ground.ts'
import { holdingOf, hopsOf } from './hops.ts'
import type { AttackGraph, AttackWorld } from './model.ts'
import { nodeText } from './nodes.ts'
import type { AttackPath, Hop, PathsAnswer, PathsRow, Start, Target } from './report.ts'
import { reachers } from './search-all.ts'
import { backward } from './search-backward.ts'
import type { Way } from './search-forward.ts'
import { costOfHops, type SearchGraph } from './search-graph.ts'
import { placeOf, sourcesIn, subjectsAskedAbout } from './subjects.ts'
import { formatTarget } from './target.ts'
import { allWays } from './ways.ts'

export type PathsQuery = { from: Start[]; to?: Target[]; maxHops?: number }

/** What is asked of: the world, who of it is the system's own, and what could not be read of it. */
export type Asked = { world: AttackWorld; bootstrap: Bootstrap; gaps: Gap[]; notes: string[] }

/** Of one subject to one target, as many ways as a reader can take in. */
export const mostWays = 20

/**
 * The ways to the targets: of each start, or of every subject that is not the system's own. Of a start to a target that is named, every
 * way that differs in its grants; else the shortest. Throws SecureError where what is named does not exist.
 */
export function answerPaths(asked: Asked, query: PathsQuery, ground = groundOf(asked, query)): PathsAnswer {
  const { bootstrap, gaps } = asked
  const { world, searched, starts, goals } = ground
  const { graph } = searched
  const targets = targetsOf(query)
  const notes = [...asked.notes, ...bootstrap.notes, ...ground.notes]
  const most = query.maxHops === undefined ? {} : { most: costOfHops(query.maxHops) }
  const sources = starts.length > 0 ? [] : [...sourcesIn(graph, subjectsAskedAbout(world, bootstrap)).keys()]
  const rows = targets.flatMap((to, index): PathsRow[] => {
    const scene: Scene = { world, bootstrap, graph, searched, to, goals: goals[index] ?? new Set(), limits: most }
    if (!query.to && to.kind === 'node') scene.limits = { ...most, without: new Set([graph.node({ kind: 'admin' })]) }
    if (starts.length === 0) return [ofEverybody(scene, sources, notes)]
    return starts.map((start) => (query.to ? everyWay(scene, start) : shortestWay(scene, start)))
  })
  if (query.maxHops !== undefined) notes.push(...noneWithin(query.maxHops, targets, rows, gaps))
  if (!query.to) {
    if (rows.some(({ to, count }) => to.kind === 'admin' && count !== 0))
      notes.push('who reaches admin reaches every node: the paths to a node are those that do not go by admin')
    notes.push(...starts.flatMap((start) => gainsOf(searched, start)))
  }
  if (starts.length === 0 && bootstrap.systemSubjects.size > 0) notes.push(leftOut(bootstrap))
  const { maxHops } = query
  return {
    apiVersion,
    kind: 'PathsReport',
    query: { from: query.from, to: targets, ...(maxHops === undefined ? {} : { maxHops }) },
    complete: gaps.length === 0,
    gaps,
    notes,
    rows,
  }
}

/** A world and its graph. */
type Placed = { world: AttackWorld; graph: AttackGraph }

type Scene = {
  world: AttackWorld
  graph: AttackGraph
  bootstrap: Bootstrap
  searched: SearchGraph
  to: Target
  goals: ReadonlySet<number>
  limits: { most?: number; without?: ReadonlySet<number> }
}

function ofEverybody(
  { searched, to, goals, limits, ...asked }: Scene,
  all: readonly number[],
  notes: string[],
): PathsRow {
  const sources = all.filter((source) => !goals.has(source))
  const { found, members, wayOf } = reachers(searched, sources, goals, limits)
  for (const [group, count] of members) {
    const name = nodeText(asked.graph.nodes[group] ?? { kind: 'any-group' })
    notes.push(`${count} more subjects reach ${formatTarget(to)} as members of ${name} alone`)
  }
  const ranks = new Map(found.map(({ source }) => [source, placeOf(asked.graph, source)]))
  const isEverybodys = (source: number) => (ranks.get(source)?.rank ?? 0) < 0
  found.sort((a, b) => {
    const [one, other] = [ranks.get(a.source), ranks.get(b.source)]
    const byGroup = Number(isEverybodys(b.source)) - Number(isEverybodys(a.source))
    const byText = (one?.text ?? '') < (other?.text ?? '') ? -1 : 1
    return byGroup || a.cost - b.cost || (one?.rank ?? 0) - (other?.rank ?? 0) || byText
  })
  const paths = lazily(found, ({ source }) => pathOf(asked, source, to, wayOf(source) ?? { goal: source, steps: [] }))
  return { to, count: found.length, paths }
}

function shortestWay({ searched, to, goals, limits, ...asked }: Scene, start: number): PathsRow {
  const way = reachers(searched, [start], goals, limits).wayOf(start)
  return rowOf(asked, start, to, way && way.cost <= (limits.most ?? way.cost) ? [way] : [], true)
}

function everyWay({ searched, to, goals, limits, ...asked }: Scene, start: number): PathsRow {
  const least = backward(searched, goals, 'any').costs
  const { ways, isAll } = allWays(searched, [start], goals, {
    ...limits,
    least,
    count: mostWays,
    keyOf: (way) => grantsKey(hopsOf(asked.world, asked.graph, way)),
  })
  return rowOf(asked, start, to, ways, isAll)
}

/** The rules of roles that a way uses, and by which bindings. */
function grantsKey(hops: readonly Hop[]): string {
  const texts = hops.flatMap(({ grants }) =>
    grants.map(({ binding: { kind, namespace, name }, rule }) => JSON.stringify([kind, namespace, name, rule?.index])),
  )
  return [...new Set(texts)].sort().join()
}

function rowOf(asked: Placed, start: number, to: Target, ways: Way[], isAll: boolean): PathsRow {
  const paths = ways.map((way) => pathOf(asked, start, to, way))
  return { to, from: holdingOf(asked.graph, start), count: isAll ? ways.length : undefined, paths }
}

export function pathOf(
  { world, graph }: Placed,
  source: number,
  to: Target,
  way: Pick<Way, 'goal' | 'steps'>,
): AttackPath {
  return { from: holdingOf(graph, source), to, hops: hopsOf(world, graph, way) }
}

function lazily<T, U>(items: readonly T[], make: (item: T) => U): Iterable<U> {
  return { [Symbol.iterator]: () => items.values().map(make) }
}
