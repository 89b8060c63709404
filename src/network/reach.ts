import { apiVersion } from '../snapshot/snapshot.ts'
import { formatRange } from './address.ts'
import { boundariesOf, type EndTest, endTest } from './end-filter.ts'
import { type Group, groupsOf } from './groups.ts'
import type { Connection } from './connection.ts'
import { Matrix } from './matrix.ts'
import { hasEnded, type Network } from './network.ts'
import {
  type ReachConnection,
  type ReachGroup,
  type ReachPorts,
  type ReachQuery,
  type ReachReport,
  type ReachRow,
  type ReachStream,
} from './reach-report.ts'
import { mergedRanges } from './range-set.ts'
import { type FlowStretch, sameAnswer } from './stretches.ts'
import { lastPort, protocols } from './traffic.ts'

/** Who reaches whom: every pair that the question is about, by groups of parties that no policy tells apart. */
export function reach(network: Network, query: ReachQuery): ReachReport {
  const report = streamReach(network, query)
  return { ...report, rows: [...report.rows] }
}

/** The same, with rows that are worked out as they are read, once: a large answer has gigabytes of them. */
export function streamReach(network: Network, query: ReachQuery): ReachStream {
  const { groups, rows } = reachRows(network, query)
  const { world } = network
  return {
    apiVersion,
    kind: 'ReachReport',
    query,
    enforcer: world.enforcer,
    complete: world.gaps.length === 0,
    gaps: world.gaps,
    notes: [...world.notes, ...leftOut(network)],
    groups: groups.map(shownGroup),
    rows,
  }
}

/** The rows one by one, source by source, for a reader that keeps none of them. */
export function reachRows(network: Network, query: ReachQuery): { groups: Group[]; rows: Iterable<ReachRow> } {
  const [from, to] = [endTest(query.from), endTest(query.to)]
  const boundaries = [...boundariesOf(query.from), ...boundariesOf(query.to)]
  const grouping = groupsOf(network, {
    mark: (party, range) => `${from(party, range) ? 'f' : ''}${to(party, range) ? 't' : ''}`,
    boundaries,
  })
  const matrix = new Matrix(network, grouping)
  const inGroup = (test: EndTest) => grouping.groups.filter(({ party, ranges }) => test(party, ranges[0]))
  return { groups: grouping.groups, rows: walk(matrix, inGroup(from), inGroup(to), query) }
}

function* walk(matrix: Matrix, sources: Group[], destinations: Group[], query: ReachQuery): Generator<ReachRow> {
  const skip = query.verdicts?.includes('denied') === false ? 'denied' : undefined
  const whole = allTraffic(query)
  for (const from of sources) {
    const rows = {
      everywhere: new Map<Connection, ReachRow>(),
      ownNode: new Map<Connection, ReachRow>(),
      otherNodes: new Map<Connection, ReachRow>(),
    }
    const add = (place: keyof typeof rows, connection: Connection, to: Group) => {
      const row = rows[place].get(connection)
      if (row) row.to.push(to.id)
      else rows[place].set(connection, { from: from.id, to: [to.id], ...wherePlaced[place], connections: [] })
    }
    for (const to of destinations) {
      if (isNobody(from, to)) continue
      const elsewhere = matrix.between(from, to, false, skip)
      // The node that a pod runs on may be special; addresses and other pods are not.
      const own = mixesPodsAndHosts(from, to) ? matrix.between(from, to, true, skip) : elsewhere
      if (sameVerdicts(own, elsewhere)) add('everywhere', elsewhere, to)
      else {
        add('ownNode', own, to)
        add('otherNodes', elsewhere, to)
      }
    }
    for (const [connection, row] of [...rows.everywhere, ...rows.ownNode, ...rows.otherNodes]) {
      row.connections = connectionsOf(connection, query, whole)
      if (row.connections.length > 0) yield row
    }
    matrix.forget(from)
  }
}

const wherePlaced = { everywhere: {}, ownNode: { where: 'own-node' }, otherNodes: { where: 'other-nodes' } } as const

// One pod has nobody like itself to talk to, and outsiders are not ours to connect.
export function isNobody(from: Group, to: Group): boolean {
  if (from.kind === 'external' && to.kind === 'external') return true
  return from.id === to.id && from.members.length === 1
}

export function mixesPodsAndHosts(from: Group, to: Group): boolean {
  return (from.kind === 'pod' && to.kind === 'host') || (from.kind === 'host' && to.kind === 'pod')
}

function sameVerdicts(a: Connection, b: Connection): boolean {
  return (
    a === b ||
    (a.stretches.length === b.stretches.length &&
      a.stretches.every((stretch, index) => {
        const other = b.stretches[index]
        return stretch.verdict === other?.verdict && stretch.from === other.from && stretch.protocol === other.protocol
      }))
  )
}

/** Stretches of one answer, put together over protocols and ports. */
function connectionsOf(connection: Connection, query: ReachQuery, whole: ReachPorts[]): ReachConnection[] {
  const { verdicts } = query
  const { uniform } = connection
  if (uniform) {
    const { verdict, by, reason } = uniform
    return verdicts?.includes(verdict) === false ? [] : [{ verdict, traffic: whole, by, reason }]
  }
  const found: { connection: ReachConnection; first: FlowStretch }[] = []
  for (const stretch of connection.stretches) {
    if (verdicts?.includes(stretch.verdict) === false) continue
    const range = portsAsked(stretch, query)
    if (!range) continue
    const known = found.find(({ first }) => first.reason === stretch.reason && sameAnswer(first, stretch))
    if (known) addPorts(known.connection.traffic, stretch.protocol, range)
    else {
      const { verdict, by, reason } = stretch
      const traffic = [{ protocol: stretch.protocol, ports: [range] }]
      found.push({ first: stretch, connection: { verdict, traffic, by, reason } })
    }
  }
  return found.map(({ connection }) => connection)
}

function allTraffic({ protocol, port }: ReachQuery): ReachPorts[] {
  const ports = port === undefined ? { from: 1, to: lastPort } : { from: port, to: port }
  return protocols.flatMap((name) =>
    protocol === undefined || protocol === name ? [{ protocol: name, ports: [ports] }] : [],
  )
}

/** What the question is about of neighbouring ports; undefined where that is none. */
export function portsAsked(
  stretch: { protocol: ReachPorts['protocol']; from: number; to: number },
  { protocol, port }: ReachQuery,
): { from: number; to: number } | undefined {
  if (protocol !== undefined && stretch.protocol !== protocol) return undefined
  if (port === undefined) return { from: stretch.from, to: stretch.to }
  return stretch.from <= port && port <= stretch.to ? { from: port, to: port } : undefined
}

export function addPorts(
  traffic: ReachPorts[],
  protocol: ReachPorts['protocol'],
  range: { from: number; to: number },
): void {
  const known = traffic.find((entry) => entry.protocol === protocol)
  if (known) known.ports.push(range)
  else traffic.push({ protocol, ports: [range] })
}

function shownGroup({ id, kind, members, ranges }: Group): ReachGroup {
  return { id, kind, members: members.map((member) => member.id), ranges: mergedRanges(ranges).map(formatRange) }
}

function leftOut({ world }: Network): string[] {
  const ended = world.pods.filter(hasEnded).length
  const waiting = world.pods.filter(
    (pod) => !hasEnded(pod) && pod.phase !== undefined && pod.addresses.length === 0,
  ).length
  return [
    ...(ended > 0 ? [`${ended} pods have ended and are left out`] : []),
    ...(waiting > 0 ? [`${waiting} pods have no address yet and are left out`] : []),
  ]
}
