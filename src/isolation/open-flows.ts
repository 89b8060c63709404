import type { Range } from '../network/address.ts'
import type { Connection } from '../network/connection.ts'
import { type Group, groupsOf } from '../network/groups.ts'
import { rangesOf } from '../network/matchers.ts'
import { Matrix } from '../network/matrix.ts'
import type { Direction } from '../network/model.ts'
import type { Network } from '../network/network.ts'
import type { Party } from '../network/party.ts'
import { directions } from './own-side.ts'

/** One direction between a group of the pods and a group of others, and what holds there. */
export type Flow = { direction: Direction; pods: Group; peer: Group; members: Party[]; connection: Connection }

/** The flows of some pods of a network: by groups that no policy tells apart, so that ten thousand other pods cost little. */
export class PodFlows {
  readonly groups: Group[]
  readonly #matrix: Matrix
  readonly #byMember = new Map<string, Group>()
  readonly #byRange = new Map<string, Group>()

  /** `ids` as parties have them (`pod ns/name`); `boundaries`: addresses to tell apart besides those that policies name. */
  constructor(network: Network, ids: ReadonlySet<string>, boundaries: readonly Range[]) {
    // Pods of different nodes are kept apart: what is their own node differs.
    const grouping = groupsOf(network, { mark: (party) => (ids.has(party.id) ? `cut ${party.node}` : ''), boundaries })
    this.groups = grouping.groups
    this.#matrix = new Matrix(network, grouping)
    for (const group of this.groups) {
      for (const { id } of group.members) this.#byMember.set(id, group)
      for (const range of group.ranges) this.#byRange.set(rangeKey(range), group)
    }
  }

  groupOf(id: string): Group | undefined {
    return this.#byMember.get(id)
  }

  /** The group that stands for the same parties as one of another network. */
  alike({ members, ranges }: { members: Party[]; ranges: Range[] }): Group | undefined {
    const [member] = members
    const [range] = ranges
    return member ? this.#byMember.get(member.id) : range && this.#byRange.get(rangeKey(range))
  }

  /** Every flow of a group of pods, both ways. From its own node nothing is asked: that way is open by definition. */
  *of(pods: Group): Generator<Flow> {
    for (const peer of this.groups) {
      if (peer === pods && pods.members.length === 1) continue
      for (const direction of directions) {
        for (const { members, own } of placesOf(pods, peer)) {
          if (own && direction === 'ingress') continue
          yield { direction, pods, peer, members, connection: this.between(direction, pods, peer, own) }
        }
      }
      this.#matrix.forget(peer)
    }
    this.#matrix.forget(pods)
  }

  between(direction: Direction, pods: Group, peer: Group, own: boolean): Connection {
    const [from, to] = direction === 'egress' ? [pods, peer] : [peer, pods]
    return this.#matrix.between(from, to, own)
  }
}

/** Every address that the policies of either network name. */
export function boundariesOf(...networks: Network[]): Range[] {
  return networks.flatMap(({ world }) => rangesOf(world.policies))
}

// A group of nodes may hold the pods' own and others; what holds for them differs.
function placesOf(pods: Group, peer: Group): { members: Party[]; own: boolean }[] {
  if (peer.kind !== 'host') return [{ members: peer.members, own: false }]
  const isOwn = ({ node }: Party) => node !== undefined && node === pods.party.node
  const own = peer.members.filter(isOwn)
  const others = peer.members.filter((member) => !isOwn(member))
  return [
    ...(own.length > 0 ? [{ members: own, own: true }] : []),
    ...(others.length > 0 ? [{ members: others, own: false }] : []),
  ]
}

function rangeKey({ family, first }: Range): string {
  return `${family} ${first}`
}
