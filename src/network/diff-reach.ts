import { apiVersion } from '../snapshot/snapshot.ts'
import { formatRange, type Range } from './address.ts'
import { boundariesOf, endTest } from './end-filter.ts'
import type { FlowVerdict } from './flow-verdict.ts'
import { type Group, type Grouping, groupsOf } from './groups.ts'
import { rangesOf } from './matchers.ts'
import type { Connection } from './connection.ts'
import { Matrix } from './matrix.ts'
import type { Network } from './network.ts'
import { addPorts, isNobody, mixesPodsAndHosts, portsAsked } from './reach.ts'
import { type ReachChange, type ReachDiffReport, type ReachDiffRow, type ReachQuery } from './reach-report.ts'
import { mergedRanges } from './range-set.ts'
import { type FlowStretch, overlay, sameAnswer, type Stretch } from './stretches.ts'

/** Parties that are alike before and alike after. */
type Pair = { id: number; before: Group; after: Group; members: string[]; ranges: Range[] }
type Side = { matrix: Matrix; grouping: Grouping }

/** What a change opens and what it cuts, between everything that is there before and after. */
export function diffReach(before: Network, after: Network, query: ReachQuery = {}): ReachDiffReport {
  const [from, to] = [endTest(query.from), endTest(query.to)]
  const boundaries = [
    ...[before, after].flatMap(({ world }) => rangesOf(world.policies)),
    ...boundariesOf(query.from),
    ...boundariesOf(query.to),
  ]
  const mark: Parameters<typeof groupsOf>[1] = {
    mark: (party, range) => `${from(party, range) ? 'f' : ''}${to(party, range) ? 't' : ''}`,
    boundaries,
  }
  const sideOf = (network: Network): Side => {
    const grouping = groupsOf(network, mark)
    return { grouping, matrix: new Matrix(network, grouping) }
  }
  const sides = [sideOf(before), sideOf(after)] as const
  const { pairs, notes } = pairUp(sides[0].grouping, sides[1].grouping)
  const meant = (test: typeof from) => pairs.filter(({ after: { party, ranges } }) => test(party, ranges[0]))
  const gaps = [
    ...new Map([...before.world.gaps, ...after.world.gaps].map((gap) => [JSON.stringify(gap), gap])).values(),
  ]
  return {
    apiVersion,
    kind: 'ReachDiffReport',
    query,
    enforcer: after.world.enforcer,
    complete: gaps.length === 0,
    gaps,
    notes,
    groups: pairs.map(({ id, after: { kind }, members, ranges }) => ({
      id,
      kind,
      members,
      ranges: mergedRanges(ranges).map(formatRange),
    })),
    rows: meant(from).flatMap((source) => rowsOf(source, meant(to), sides, query)),
  }
}

function rowsOf(
  source: Pair,
  destinations: Pair[],
  [before, after]: readonly [Side, Side],
  query: ReachQuery,
): ReachDiffRow[] {
  const found = new Map<string, ReachDiffRow>()
  const known = new Map<Connection, Map<Connection, ReachChange[]>>()
  const changesOf = (one: Connection, other: Connection) => {
    const byOther = known.get(one) ?? new Map<Connection, ReachChange[]>()
    known.set(one, byOther)
    const changes = byOther.get(other) ?? compare(one.stretches, other.stretches, query)
    byOther.set(other, changes)
    return changes
  }
  const ids = new Map<ReachChange[], number>()
  for (const to of destinations) {
    if (isNobody(source.before, to.before) || (source === to && source.members.length === 1)) continue
    const places = mixesPodsAndHosts(source.after, to.after) ? (['own-node', 'other-nodes'] as const) : [undefined]
    for (const where of places) {
      const sameNode = where === 'own-node'
      const changes = changesOf(
        before.matrix.between(source.before, to.before, sameNode),
        after.matrix.between(source.after, to.after, sameNode),
      )
      if (changes.length === 0) continue
      const id = ids.get(changes) ?? ids.size
      ids.set(changes, id)
      const row = found.get(`${id} ${where}`)
      if (row) row.to.push(to.id)
      else found.set(`${id} ${where}`, { from: source.id, to: [to.id], ...(where ? { where } : {}), changes })
    }
  }
  before.matrix.forget(source.before)
  after.matrix.forget(source.after)
  return [...found.values()]
}

type Change = { before: FlowVerdict; after: FlowVerdict }

function compare(before: readonly FlowStretch[], after: readonly FlowStretch[], query: ReachQuery): ReachChange[] {
  const changes: ReachChange[] = []
  const first = new Map<ReachChange, Stretch<Change>>()
  const same = (a: Change, b: Change) => sameAnswer(a.before, b.before) && sameAnswer(a.after, b.after)
  for (const stretch of overlay(before, after, (one, other): Change => ({ before: one, after: other }), same)) {
    if (stretch.before.verdict === stretch.after.verdict) continue
    const range = portsAsked(stretch, query)
    if (!range) continue
    const known = changes.find((change) => {
      const other = first.get(change)
      return other !== undefined && same(other, stretch)
    })
    if (known) {
      addPorts(known.traffic, stretch.protocol, range)
      continue
    }
    const change: ReachChange = {
      change: changeOf(stretch),
      before: stretch.before.verdict,
      after: stretch.after.verdict,
      traffic: [{ protocol: stretch.protocol, ports: [range] }],
      byBefore: stretch.before.by,
      byAfter: stretch.after.by,
      reason: stretch.after.reason,
    }
    first.set(change, stretch)
    changes.push(change)
  }
  return changes
}

function changeOf({ before, after }: Change): ReachChange['change'] {
  if (before.verdict === 'unknown' || after.verdict === 'unknown') return 'unclear'
  return after.verdict === 'allowed' ? 'opened' : 'cut'
}

// The cells of outsiders are cut alike on both sides, so that a range is found again by where it begins.
function pairUp(before: Grouping, after: Grouping): { pairs: Pair[]; notes: string[] } {
  const keyOf = (range: Range) => `${range.family} ${range.first}`
  const old = new Map(
    before.groups.flatMap((group) => [
      ...group.members.map(({ id }) => [id, group] as const),
      ...group.ranges.map((range) => [keyOf(range), group] as const),
    ]),
  )
  const pairs = new Map<string, Pair>()
  let appeared = 0
  const add = (group: Group, was: Group | undefined, put: (pair: Pair) => void) => {
    if (!was) return void (appeared += 1)
    const key = `${was.id} ${group.id}`
    let pair = pairs.get(key)
    if (!pair) pairs.set(key, (pair = { id: pairs.size, before: was, after: group, members: [], ranges: [] }))
    put(pair)
  }
  for (const group of after.groups) {
    for (const { id } of group.members) {
      add(group, old.get(id), ({ members }) => members.push(id))
      old.delete(id)
    }
    for (const range of group.ranges) add(group, old.get(keyOf(range)), ({ ranges }) => ranges.push(range))
  }
  const vanished = before.groups.flatMap(({ members }) => members).filter(({ id }) => old.has(id)).length
  const notes = [
    ...(appeared > 0 ? [`${appeared} pods or nodes are there only after the change and are left out`] : []),
    ...(vanished > 0 ? [`${vanished} pods or nodes are there only before the change and are left out`] : []),
  ]
  return { pairs: [...pairs.values()], notes }
}
