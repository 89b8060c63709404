import { type Family, parseAddress } from './address.ts'
import { decide, type SideVerdict } from './decide.ts'
import { all, atMost, type Match, some } from './match.ts'
import { best, bothSides, type FlowVerdict } from './flow-verdict.ts'
import type { Direction, Rule } from './model.ts'
import { hasEnded, type Network } from './network.ts'
import { commonFamilies, onOtherNetwork, type Party } from './party.ts'
import { atOwnNode, isOwnNode } from './own-node.ts'
import { matchTraffic, namedPorts, type Protocol } from './traffic.ts'

/** One end of a flow as a question names it. An address that belongs to a pod or node of the world is that pod or node. */
export type EndRef =
  | { kind: 'pod'; namespace: string; name: string }
  | { kind: 'node'; name: string }
  | { kind: 'ip'; address: string }

export type Flow = { from: EndRef; to: EndRef; protocol: Protocol; port: number | string }

/** Whether a new connection gets through, as far as policies say. What cannot be told is `unknown`, with the reason. */
export function evaluateFlow(network: Network, { from, to, protocol, port }: Flow): FlowVerdict {
  const ends = [endOf(network, from), endOf(network, to)] as const
  const [source, destination] = ends
  if (typeof source === 'string' || typeof destination === 'string') {
    return { verdict: 'unknown', by: [], reason: ends.filter((end) => typeof end === 'string').join('; ') }
  }
  const numbers = typeof port === 'number' ? [port] : namedPorts(destination, port, protocol)
  if (numbers.length === 0) {
    return { verdict: 'unknown', by: [], reason: `the destination has no ${protocol} port named ${String(port)}` }
  }
  return best(numbers.map((number) => evaluateParties(network, source, destination, protocol, number)))
}

export function evaluateParties(
  network: Network,
  source: Party,
  destination: Party,
  protocol: Protocol,
  port: number,
): FlowVerdict {
  const open = beyondPolicy(network, source, destination)
  if (open !== undefined) return { verdict: 'allowed', by: [], reason: open }
  const families = commonFamilies(source, destination)
  if (families.length === 0) {
    return { verdict: 'denied', by: [], reason: 'one has only IPv4 addresses, the other only IPv6 ones' }
  }
  return best(
    families.map((family) => {
      const egress = sideVerdict(network, source, 'egress', isOwnNode(source, destination), (rule) =>
        matchRule(rule, source, destination, family, destination, protocol, port),
      )
      const ingress = sideVerdict(network, destination, 'ingress', isOwnNode(destination, source), (rule) =>
        matchRule(rule, destination, source, family, destination, protocol, port),
      )
      return bothSides(egress, ingress, onOtherNetwork(source, destination))
    }),
  )
}

/** Why no policy can have a say in a flow; undefined where one can. */
export function beyondPolicy(network: Network, source: Party, destination: Party): string | undefined {
  if (source.id === destination.id) return 'a pod always reaches itself'
  if (source.kind === 'pod' || destination.kind === 'pod') return undefined
  const asked = [...network.sideOf(source, 'egress'), ...network.sideOf(destination, 'ingress')]
  return asked.length === 0 ? 'neither end is a pod that policies could select' : undefined
}

/** What one side says, with what is special between a pod and the node it runs on. */
export function sideVerdict(
  network: Network,
  subject: Party,
  direction: Direction,
  ownNode: boolean,
  matches: (rule: Rule) => Match,
): SideVerdict {
  const said = decide(network.sideOf(subject, direction), direction, matches)
  return ownNode && said.verdict !== 'allowed' ? atOwnNode(said, direction, network.world.enforcer) : said
}

export function matchRule(
  rule: Rule,
  subject: Party,
  other: Party,
  family: Family,
  destination: Party,
  protocol: Protocol,
  port: number,
): Match {
  const match = all(
    () => matchSides(rule, subject, other, family),
    () =>
      rule.traffic === undefined || some(rule.traffic, (traffic) => matchTraffic(traffic, protocol, port, destination)),
  )
  return atMost(match, rule.doubt)
}

/** Who a rule is about, whatever the traffic. */
function matchSides(rule: Rule, subject: Party, other: Party, family: Family): Match {
  return all(
    () => rule.family === undefined || rule.family === family,
    () => rule.self === undefined || rule.self.test(subject, family),
    () => rule.peers === undefined || some(rule.peers, (peer) => peer.test(other, family)),
  )
}

function endOf(network: Network, ref: EndRef): Party | string {
  switch (ref.kind) {
    case 'pod': {
      const pod = network.podNamed(ref.namespace, ref.name)
      if (!pod) return `pod ${ref.namespace}/${ref.name} is not known`
      return hasEnded(pod) ? `pod ${ref.namespace}/${ref.name} has ended` : network.parties.ofPod(pod)
    }
    case 'node': {
      const node = network.world.nodes.find(({ name }) => name === ref.name)
      return node ? network.parties.ofNode(node) : `node ${ref.name} is not known`
    }
    case 'ip': {
      const address = parseAddress(ref.address)
      return address ? network.partyAt(address) : `${ref.address} is no IP address`
    }
  }
}
