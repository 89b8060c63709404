import { type Change, objectName } from '../change/plan.ts'
import { applyChanges } from '../change/planned.ts'
import { formatRange } from '../network/address.ts'
import type { Connection } from '../network/connection.ts'
import { worldOf } from '../network/decode-world.ts'
import { networkOf } from '../network/network.ts'
import { mergedRanges } from '../network/range-set.ts'
import { addPorts } from '../network/reach.ts'
import { sameAnswer } from '../network/stretches.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { boundariesOf, type Flow, PodFlows } from './open-flows.ts'
import type { Raw } from './raw.ts'
import type { Computed, FlowLine } from './report.ts'

export type PodName = { namespace: string; name: string }
type Reading = Parameters<typeof worldOf>[1] & { gaps?: Gap[] }

/** What policies say of pods before and after the changes, pod by pod in the order given; pure. */
export function computedOf(
  objects: readonly Raw[],
  changes: readonly Change[],
  pods: readonly PodName[],
  reading: Reading,
): Computed[] {
  const [before, after] = [objects, applyChanges(objects, changes)].map((all) => networkOf(worldOf(all, reading)))
  if (!before || !after) throw new TypeError('two networks were made')
  const ids = pods.map(({ namespace, name }) => `pod ${namespace}/${name}`)
  const boundaries = boundariesOf(before, after)
  const [was, is] = [before, after].map((network) => new PodFlows(network, new Set(ids), boundaries))
  if (!was || !is) throw new TypeError('two sets of flows were made')
  const gaps = distinct([...(reading.gaps ?? []), ...before.world.gaps, ...after.world.gaps])
  const known = new Map<string, Pick<Computed, 'open' | 'cut'>>()
  return ids.map((id): Computed => {
    const [old, now] = [was.groupOf(id), is.groupOf(id)]
    if (!old || !now) {
      const gap = { what: id, why: 'it has no address', hides: 'what reaches it once it has one' }
      return { open: [], cut: 0, complete: false, gaps: [...gaps, gap] }
    }
    const key = `${old.id} ${now.id}`
    const answer = known.get(key) ?? { open: linesOf(is.of(now)), cut: cutFlows(was.of(old), is, now) }
    known.set(key, answer)
    return { ...answer, complete: gaps.length === 0, gaps }
  })
}

/** Whether a line is open because the plan makes an exception for it, whoever else lets it through. */
export function isException({ direction, by }: FlowLine, planId: string): boolean {
  const name = objectName(planId, 'allow')
  return by.some(
    (decision) => decision.direction === direction && decision.action === 'allow' && decision.policy.name === name,
  )
}

function cutFlows(flows: Iterable<Flow>, is: PodFlows, now: Flow['pods']): number {
  let cut = 0
  for (const { direction, peer, members, connection } of flows) {
    if (!isSomeAllowed(connection)) continue
    const own = peer.kind === 'host' && members[0]?.node !== undefined && members[0].node === now.party.node
    const other = is.alike({ members, ranges: peer.ranges })
    const after = other && is.between(direction, now, other, own)
    if (after && isAllDenied(after)) cut += 1
  }
  return cut
}

/** What is not denied: one line for all peers that have one answer. */
function linesOf(flows: Iterable<Flow>): FlowLine[] {
  const byAnswer = new Map<string, { direction: Flow['direction']; connection: Connection; peers: Flow[] }>()
  const ids = new Map<Connection, number>()
  for (const flow of flows) {
    const { direction, connection, peer } = flow
    if (isAllDenied(connection)) continue
    const id = ids.get(connection) ?? ids.size
    ids.set(connection, id)
    const key = `${direction} ${peer.kind} ${id}`
    const found = byAnswer.get(key)
    if (found) found.peers.push(flow)
    else byAnswer.set(key, { direction, connection, peers: [flow] })
  }
  return [...byAnswer.values()].flatMap(({ direction, connection, peers }) =>
    answersOf(connection).map((answer) => ({ direction, peer: peerText(peers), ...answer })),
  )
}

// Most connections have one answer: their ports are only gone through where they do not.
function isAllDenied(connection: Connection): boolean {
  const { uniform } = connection
  return uniform ? uniform.verdict === 'denied' : connection.stretches.every(({ verdict }) => verdict === 'denied')
}

function isSomeAllowed(connection: Connection): boolean {
  const { uniform } = connection
  return uniform ? uniform.verdict === 'allowed' : connection.stretches.some(({ verdict }) => verdict === 'allowed')
}

function answersOf({ stretches }: Connection): Pick<FlowLine, 'traffic' | 'verdict' | 'by' | 'reason'>[] {
  const found: { line: Pick<FlowLine, 'traffic' | 'verdict' | 'by' | 'reason'>; first: (typeof stretches)[number] }[] =
    []
  for (const stretch of stretches) {
    const { verdict, by, reason, protocol, from, to } = stretch
    if (verdict === 'denied') continue
    const known = found.find(({ first }) => first.reason === reason && sameAnswer(first, stretch))
    if (known) addPorts(known.line.traffic, protocol, { from, to })
    else found.push({ first: stretch, line: { traffic: [{ protocol, ports: [{ from, to }] }], verdict, by, reason } })
  }
  return found.map(({ line }) => line)
}

const mostNames = 5

function peerText(flows: Flow[]): string {
  const [first] = flows
  if (first?.peer.kind === 'external') {
    const ranges = mergedRanges(flows.flatMap(({ peer }) => peer.ranges)).map(formatRange)
    const whole = ranges.every((range) => range.endsWith('/0'))
    return `${whole ? 'world' : 'addresses'} (${shown(ranges)})`
  }
  const names = flows.flatMap(({ members }) => members.map(({ id }) => id))
  const [nodes, pods] = [names.filter((id) => id.startsWith('node ')), names.filter((id) => id.startsWith('pod '))]
  const bare = (ids: string[]) => shown(ids.map((id) => id.slice(id.indexOf(' ') + 1)))
  const host = first?.peer.kind === 'host' ? 'host-network pods' : 'pods'
  return [
    ...(nodes.length > 0 ? [`nodes ${bare(nodes)}`] : []),
    ...(pods.length > 0 ? [`${host} ${bare(pods)}`] : []),
  ].join('; ')
}

function shown(names: string[]): string {
  const more = names.length - mostNames
  return more > 0 ? `${names.slice(0, mostNames).join(', ')} and ${more} more` : names.join(', ')
}

function distinct(gaps: Gap[]): Gap[] {
  return [...new Map(gaps.map((gap) => [JSON.stringify(gap), gap])).values()]
}
