import { applyChanges } from '../../change/planned.ts'
import type { CreateChange } from '../../change/plan.ts'
import type { Connection } from '../../network/connection.ts'
import { worldOf } from '../../network/decode-world.ts'
import { type Group, groupsOf } from '../../network/groups.ts'
import { rangesOf } from '../../network/matchers.ts'
import { Matrix } from '../../network/matrix.ts'
import type { Enforcer, Verdict } from '../../network/model.ts'
import { networkOf } from '../../network/network.ts'
import type { Party } from '../../network/party.ts'
import { contains, rangeSet } from '../../network/range-set.ts'
import { isNobody, mixesPodsAndHosts } from '../../network/reach.ts'
import { namedPorts, type Protocol, protocols } from '../../network/traffic.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { End, Need } from '../model.ts'
import { endKey, isPod } from './ends.ts'
import type { Ground } from './ground.ts'
import { labelsTold, rangesOfBlock, standIns } from './told-apart.ts'

/** What becomes of one connection of a need. */
export type Crossing = {
  from: Party
  to: Party
  protocol: Protocol
  port: number
  before: Verdict
  after: Verdict
  reason: string
}

/** The policies of a cluster before and after a plan that only adds some. Only what is asked about is worked out. */
export class Crossings {
  readonly gaps: Gap[]
  readonly notes: string[]
  /** Of the namespace: one pod stands for all that no policy tells apart. */
  readonly #groups: Group[]
  readonly #inNamespace: Map<string, Group[]>
  readonly #blocks: Map<string, number>
  readonly #before: Matrix
  readonly #after: Matrix
  readonly #known = new Map<string, Group[]>()

  constructor(ground: Ground, changes: readonly CreateChange[], enforcer: Enforcer, needs: readonly Need[]) {
    const { objects, unread } = ground.scene.network
    const all = [...objects, ...standIns(ground)]
    const reading = { enforcer, unread }
    const [before, after] = [worldOf(all, reading), worldOf(applyChanges(all, changes), reading)]
    this.gaps = before.gaps
    this.notes = before.notes
    const blocks = new Map(
      needs
        .flatMap(({ from, to }) => [from, to])
        .flatMap((end) => (end.kind === 'block' ? [[endKey(end), end] as const] : [])),
    )
    this.#blocks = new Map([...blocks.keys()].map((key, index) => [key, index]))
    const sets = [...blocks.values()].map((block) => rangeSet(rangesOfBlock(block)))
    const inBlocks = (party: Party) => {
      const found: number[] = []
      if (party.addresses.length === 0) return found
      for (const [index, set] of sets.entries())
        if (party.addresses.some((address) => contains(set, address))) found.push(index)
      return found
    }
    const told = labelsTold(needs)
    // What is added is in the later world, and nothing is taken away: its groups tell apart all that either tells apart.
    const network = networkOf(after)
    const grouping = groupsOf(network, {
      mark: (party) => `${inBlocks(party).join()} ${told(party)}`,
      boundaries: [...blocks.values()].flatMap(rangesOfBlock).concat(rangesOf(before.policies)),
    })
    this.#before = new Matrix(networkOf(before), grouping)
    this.#after = new Matrix(network, grouping)
    this.#groups = grouping.groups
    this.#inNamespace = Map.groupBy(grouping.groups, ({ party }) => party.namespace ?? '')
  }

  /** The connections of a need that were not denied before; those within one pod are left out. */
  *of({ from, to, ports }: Need): Generator<Crossing> {
    const isGuess = [from, to].map((end) => guessesOf(end, this.#groupsOf(end)))
    for (const source of this.#groupsOf(from))
      for (const target of this.#groupsOf(to)) {
        const isGuessed = isGuess[0]?.(source) || isGuess[1]?.(target)
        if (isNobody(source, target)) continue
        const own = mixesPodsAndHosts(source, target) && isOwnNodeOnly(source, target)
        const [before, after] = [this.#before.between(source, target, own), this.#after.between(source, target, own)]
        for (const { protocol, port } of portsOf(ports, target.party, before, after)) {
          const [was, is] = [at(before, protocol, port), at(after, protocol, port)]
          if (was.verdict === 'denied') continue
          const ends = { from: source.party, to: target.party }
          const now = isGuessed ? 'unknown' : was.verdict
          yield { ...ends, protocol, port, before: now, after: is.verdict, reason: is.reason }
        }
      }
  }

  #groupsOf(end: End): Group[] {
    const key = endKey(end)
    const found = this.#known.get(key) ?? this.#find(end, key)
    this.#known.set(key, found)
    return found
  }

  #find(end: End, key: string): Group[] {
    switch (end.kind) {
      case 'pods':
      case 'namespace':
        // Those on the host network are an end of their own, by address.
        return (this.#inNamespace.get(end.namespace) ?? []).filter(
          ({ kind, party }) => kind === 'pod' && isPod(end, end.namespace, party.labels),
        )
      case 'block': {
        const index = this.#blocks.get(key)
        const set = rangeSet(rangesOfBlock(end))
        return index === undefined
          ? []
          : this.#groups.filter(({ party }) => party.addresses.some((address) => contains(set, address)))
      }
      // Who cannot be named may be anywhere outside.
      case 'anyone':
      case 'unnamed':
        return this.#groups.filter(({ kind }) => kind === 'external')
    }
  }
}

/** Some addresses of a node are a guess (hosts.ts), and no party that is known: whether it sends from them nobody can tell. */
function guessesOf(end: End, groups: readonly Group[]): (group: Group) => boolean {
  const isHosts =
    end.kind === 'block' &&
    end.cidrs.every((cidr) => /\/(?:32|128)$/.test(cidr)) &&
    groups.some(({ kind }) => kind === 'host')
  return ({ kind }) => isHosts && kind === 'external'
}

// A node always reaches its own pods: what a need rests on is the other nodes, where there are any.
function isOwnNodeOnly(one: Group, other: Group): boolean {
  const nodes = new Set([...one.members, ...other.members].map(({ node }) => node))
  return nodes.size === 1 && !nodes.has(undefined)
}

function portsOf(
  ports: Need['ports'],
  target: Party,
  before: Connection,
  after: Connection,
): { protocol: Protocol; port: number }[] {
  if (ports.length === 0) {
    // Somewhere in each stretch of ports with one answer.
    return [...before.stretches, ...after.stretches].map(({ protocol, from }) => ({ protocol, port: from }))
  }
  return ports.flatMap(({ protocol, port, endPort }) => {
    if (typeof port === 'string')
      return namedPorts(target, port, protocol).map((number) => ({ protocol, port: number }))
    if (endPort === undefined) return [{ protocol, port }]
    const starts = [...before.stretches, ...after.stretches].filter(
      (stretch) => stretch.protocol === protocol && stretch.from > port && stretch.from <= endPort,
    )
    return [{ protocol, port }, ...starts.map(({ from }) => ({ protocol, port: from }))]
  })
}

function at(connection: Connection, protocol: Protocol, port: number): { verdict: Verdict; reason: string } {
  const found =
    connection.uniform ??
    connection.stretches.find((stretch) => stretch.protocol === protocol && stretch.from <= port && port <= stretch.to)
  if (!found) throw new TypeError(`${protocols.join()} have no port ${port}`)
  return found
}
