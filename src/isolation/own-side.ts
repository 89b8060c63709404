import { decide } from '../network/decide.ts'
import { worldOf } from '../network/decode-world.ts'
import type { Match } from '../network/match.ts'
import type { Direction, Enforcer, PartyMatch, PolicyRef, Rule } from '../network/model.ts'
import { type Network, networkOf } from '../network/network.ts'
import type { Party } from '../network/party.ts'
import type { Raw } from './raw.ts'

export const directions = ['ingress', 'egress'] as const

/** Who still lets something through on the pod's own side. */
export type Opening = { direction: Direction; policy?: PolicyRef }

/**
 * What policies say of one pod, whoever is on the other side: read from the policies and the pod's namespace alone, so that the
 * cut need not wait for the cluster's ten thousand other pods.
 */
export class OwnSide {
  readonly network: Network
  /** Whether the policies of all namespaces are among them: what rules of others say of the pod is not known otherwise. */
  readonly everywhere: boolean
  readonly #pods: Map<string, Party>

  constructor(objects: readonly Raw[], enforcer: Enforcer, everywhere: boolean) {
    this.everywhere = everywhere
    const unread = ['ServiceAccount', 'NetworkSet', 'HostEndpoint'] as const
    this.network = networkOf(worldOf(objects, { enforcer, unread }))
    this.#pods = new Map(
      this.network.world.pods.map((pod) => [`${pod.namespace}/${pod.name}`, this.network.parties.ofPod(pod)]),
    )
  }

  /** The pod as it is; undefined where it could not be read. */
  podNamed(namespace: string, name: string): Party | undefined {
    return this.#pods.get(`${namespace}/${name}`)
  }

  /**
   * What could be let through in each direction, taking every rule that allows for one that matches, and every rule that denies for
   * one that does not unless it denies everything. Nothing here is a promise that nothing gets through.
   */
  openings(party: Party): Opening[] {
    return directions.flatMap((direction): Opening[] => {
      const { verdict, by } = decide(this.network.sideOf(party, direction), direction, (rule) => atWorst(rule, party))
      if (verdict === 'denied') return []
      const allowing = by.filter(({ action }) => action === 'allow').map(({ policy }) => ({ direction, policy }))
      return allowing.length > 0 ? distinct(allowing) : [{ direction }]
    })
  }
}

function atWorst(rule: Rule, party: Party): Match {
  const self = rule.self ? anyFamily(rule.self, party) : true
  const all = !rule.peers && !rule.traffic && self === true && rule.family === undefined && rule.doubt === undefined
  if (rule.action === 'deny') return all
  if (self === false) return false
  // A rule that means nobody lets nobody through.
  return rule.peers?.length === 0 ? false : 'who is on the other side is left open'
}

/** What a matcher says of a party over both families: yes and no only where both agree. */
export function anyFamily(match: PartyMatch, party: Party): Match {
  const [four, six] = [match.test(party, 4), match.test(party, 6)]
  return four === six ? four : 'it differs between IPv4 and IPv6'
}

function distinct(openings: Opening[]): Opening[] {
  return [
    ...new Map(openings.map((opening) => [JSON.stringify([opening.direction, opening.policy]), opening])).values(),
  ]
}
