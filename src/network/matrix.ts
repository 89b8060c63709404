import type { Family } from './address.ts'
import { Connection } from './connection.ts'
import type { SideVerdict } from './decide.ts'
import { beyondPolicy, sideVerdict } from './evaluate.ts'
import { bothSides, type FlowVerdict } from './flow-verdict.ts'
import type { Group, Grouping } from './groups.ts'
import { all, atMost, type Match, some } from './match.ts'
import type { Direction, PartyMatch, Rule } from './model.ts'
import type { Network } from './network.ts'
import { onOtherNetwork } from './party.ts'
import { combine, eitherWay, sameAnswer, type SideStretch, stretchesOf } from './stretches.ts'
import { matchTraffic, portStarts, protocols } from './traffic.ts'

/** What one side says of another group, for every port; `uniform` where it is the same for all. */
type SideAnswer = { id: number; stretches: SideStretch[]; uniform?: SideVerdict }

type UsedRule = { rule: Rule; peers: number[] | undefined; self: number | undefined; names: boolean }
/** What was found of one group's side: by the rules that matched, in order. */
type SideMemo = { rules: UsedRule[]; states: Map<string, SideAnswer> }

const nothing: [UsedRule, Match][] = []

/**
 * Answers between groups. Which rules match is looked up in tables; what those rules say together is worked out once
 * for each combination that occurs, and forgotten with the group, so that memory grows with groups and not with pairs.
 */
export class Matrix {
  readonly #network: Network
  readonly #grouping: Grouping
  readonly #sides: { [D in Direction]: Map<number, SideMemo> } = { ingress: new Map(), egress: new Map() }
  #lastSideId = 0
  #connections = new Map<number, Connection>()
  readonly #constants = new Map<string, Connection>()

  constructor(network: Network, grouping: Grouping) {
    this.#network = network
    this.#grouping = grouping
  }

  /**
   * `sameNode`: whether the pairs meant are those of a pod and its own node. With `denied` as `skip`, nobody looks at
   * who denies: one side that denies everything is enough.
   */
  between(from: Group, to: Group, sameNode: boolean, skip?: 'denied'): Connection {
    const open = from.id === to.id ? undefined : beyondPolicy(this.#network, from.party, to.party)
    if (open !== undefined) return this.#constant('allowed', open)
    const families = this.#families(from, to)
    const [family, more] = families
    if (family === undefined) return this.#constant('denied', 'one has only IPv4 addresses, the other only IPv6 ones')
    const first = this.#inFamily(from, to, family, sameNode, skip)
    if (more === undefined) return first
    const second = this.#inFamily(from, to, more, sameNode, skip)
    return second === first ? first : new Connection(undefined, () => eitherWay(first.stretches, second.stretches))
  }

  #inFamily(from: Group, to: Group, family: Family, sameNode: boolean, skip: 'denied' | undefined): Connection {
    const egress = this.#side(from, to, 'egress', family, sameNode)
    if (skip && egress.uniform?.verdict === 'denied') return this.#constant('denied', 'egress is denied')
    const ingress = this.#side(to, from, 'ingress', family, sameNode)
    return this.#join(egress, ingress, onOtherNetwork(from.party, to.party))
  }

  /** Drops what was kept for a source group that is done with. */
  forget(from: Group): void {
    this.#sides.egress.delete(from.id)
    // A new one: V8 links a cleared map's old table to the next, and once one is old, all after it live until it is collected.
    this.#connections = new Map()
  }

  // As commonFamilies of two parties has it: without any address, IPv4 stands for both.
  #families(from: Group, to: Group): readonly Family[] {
    const [source, destination] = [from.party.addresses.length > 0, to.party.addresses.length > 0]
    if (!source && !destination) return [4]
    if (!source || !destination) return source ? from.families : to.families
    if (from.families === to.families) return from.families
    return from.families.filter((family) => to.families.includes(family))
  }

  // Millions of times: plain loops, and nothing is made unless a rule matches.
  #side(subject: Group, other: Group, direction: Direction, family: Family, sameNode: boolean): SideAnswer {
    const memo = this.#memo(subject, direction)
    const destination = direction === 'ingress' ? subject : other
    const ownNode = sameNode && other.kind === 'host'
    let matched: [UsedRule, Match][] = nothing
    let key = ownNode ? 'own ' : ''
    for (let index = 0; index < memo.rules.length; index += 1) {
      const used = memo.rules[index]
      const match = used ? this.#match(used, subject, other, family) : false
      if (!used || match === false) continue
      if (matched === nothing) matched = []
      matched.push([used, match])
      key += `${index}${match === true ? '' : match}${used.names ? destination.ports : ''},`
    }
    let known = memo.states.get(key)
    if (!known) {
      known = this.#answer(this.#stretches(subject, destination, direction, ownNode, matched))
      memo.states.set(key, known)
    }
    return known
  }

  #stretches(subject: Group, destination: Group, direction: Direction, ownNode: boolean, matched: [UsedRule, Match][]) {
    const matches = new Map(matched.map(([{ rule }, match]) => [rule, match]))
    return protocols.flatMap((protocol) => {
      const starts = matched.flatMap(([{ rule }]) =>
        (rule.traffic ?? []).flatMap((traffic) => portStarts(traffic, protocol, destination.party)),
      )
      const ask = (port: number) =>
        sideVerdict(this.#network, subject.party, direction, ownNode, (rule) => {
          const { traffic, doubt } = rule
          const match = all(
            () => matches.get(rule) ?? false,
            () =>
              traffic === undefined || some(traffic, (entry) => matchTraffic(entry, protocol, port, destination.party)),
          )
          return atMost(match, doubt)
        })
      return stretchesOf(protocol, starts, ask, sameAnswer)
    })
  }

  #match({ rule, peers, self }: UsedRule, subject: Group, other: Group, family: Family): Match {
    if (rule.family !== undefined && rule.family !== family) return false
    let doubt: Match = true
    if (self !== undefined) {
      doubt = this.#value(self, subject, family)
      if (doubt === false) return false
    }
    if (!peers) return doubt
    let found: Match = false
    for (const peer of peers) {
      const said = this.#value(peer, other, family)
      if (said === true) return doubt
      if (said !== false && found === false) found = said
    }
    return found === false ? false : doubt === true ? found : doubt
  }

  #value(id: number, group: Group, family: Family): Match {
    const { values, doubts } = this.#grouping.matchers
    const value = values[family][id]?.[group.id] ?? 0
    return value === 0 ? false : value === 1 ? true : (doubts[value - 2] ?? 'unknown')
  }

  #memo(group: Group, direction: Direction): SideMemo {
    const known = this.#sides[direction].get(group.id)
    if (known) return known
    const id = (match: PartyMatch) => this.#grouping.matchers.ids.get(match.key) ?? -1
    const rules = this.#network.sideOf(group.party, direction).flatMap(({ entries }) =>
      entries.flatMap(({ side }) =>
        side.rules.map(
          (rule): UsedRule => ({
            rule,
            peers: rule.peers?.map(id),
            self: rule.self && id(rule.self),
            names: rule.traffic?.some(usesNames) ?? false,
          }),
        ),
      ),
    )
    const memo = { rules, states: new Map() }
    this.#sides[direction].set(group.id, memo)
    return memo
  }

  #answer(stretches: SideStretch[]): SideAnswer {
    this.#lastSideId += 1
    const [first] = stretches
    const uniform =
      first && stretches.length === protocols.length && stretches.every((other) => sameAnswer(first, other))
    return { id: this.#lastSideId, stretches, ...(uniform ? { uniform: first } : {}) }
  }

  #join(egress: SideAnswer, ingress: SideAnswer, elsewhere: string | undefined): Connection {
    // Two ids in one number; one that is on another network is a pair of its own.
    const key = (egress.id * 2 ** 26 + ingress.id) * 2 + (elsewhere === undefined ? 0 : 1)
    let known = this.#connections.get(key)
    if (!known) {
      const uniform =
        egress.uniform && ingress.uniform ? bothSides(egress.uniform, ingress.uniform, elsewhere) : undefined
      known = new Connection(uniform, () => combine(egress.stretches, ingress.stretches, elsewhere))
      this.#connections.set(key, known)
    }
    return known
  }

  #constant(verdict: 'allowed' | 'denied', reason: string): Connection {
    let known = this.#constants.get(reason)
    if (!known) {
      const answer: FlowVerdict = { verdict, by: [], reason }
      known = new Connection(answer, () =>
        protocols.flatMap((protocol) => stretchesOf(protocol, [], () => answer, sameAnswer)),
      )
      this.#constants.set(reason, known)
    }
    return known
  }
}

function usesNames({ ports, notPorts }: NonNullable<Rule['traffic']>[number]): boolean {
  return [...(ports ?? []), ...(notPorts ?? [])].some((spec) => 'name' in spec)
}
