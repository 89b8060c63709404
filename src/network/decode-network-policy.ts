import { items, record, ShapeError, stringList } from '../snapshot/decode.ts'
import {
  cidrOf,
  cidrsOf,
  listOf,
  optionalRecord,
  optionalSelector,
  portNumber,
  protocolOf,
  type Raw,
  refOf,
} from './decode-parts.ts'
import { blockMatch, hostNetworkPeers, joinBlocks, podsMatch, type Reading } from './kube-match.ts'
import type { Direction, PartyMatch, Policy, PolicySide, Rule } from './model.ts'
import { without } from './range-set.ts'
import type { PortSpec, TrafficMatch } from './traffic.ts'

/** The order that Calico gives NetworkPolicies among its own policies of the default tier. */
const orderInCalico = 1000

/**
 * A networking.k8s.io/v1 NetworkPolicy; throws ShapeError, also for what the API server would refuse.
 * Source: k8s.io/api/networking/v1 NetworkPolicySpec, and its defaults (SetDefaults_NetworkPolicy).
 */
export function decodeNetworkPolicy(raw: Raw, reading: Reading): Policy {
  const ref = refOf(raw, true)
  const spec = record(raw['spec'] ?? {}, 'spec')
  const namespace = ref.namespace ?? 'default'
  const types = directionsOf(spec)
  return {
    ref,
    tier: 'default',
    order: orderInCalico,
    tieBreak: `${namespace}/knp.default.${ref.name}`,
    subject: podsMatch({
      namespace,
      podSelector: optionalSelector(spec['podSelector'], 'spec.podSelector') ?? {
        matchLabels: {},
        matchExpressions: [],
      },
      hostNetwork: 'never',
    }),
    additive: true,
    ...(types.has('ingress') ? { ingress: sideOf(spec, 'ingress', namespace, reading) } : {}),
    ...(types.has('egress') ? { egress: sideOf(spec, 'egress', namespace, reading) } : {}),
  }
}

// Without policyTypes a policy is about ingress always, and about egress where it has a rule for it.
function directionsOf(spec: Raw): Set<Direction> {
  const types = stringList(spec['policyTypes'], 'spec.policyTypes')
  if (types.length === 0)
    return new Set(listOf(spec['egress'], 'spec.egress').length > 0 ? ['ingress', 'egress'] : ['ingress'])
  return new Set(
    types.map((type, index) => {
      if (type === 'Ingress') return 'ingress'
      if (type === 'Egress') return 'egress'
      throw new ShapeError(`spec.policyTypes[${index}]`, 'Ingress or Egress', type)
    }),
  )
}

function sideOf(spec: Raw, direction: Direction, namespace: string, reading: Reading): PolicySide {
  const rules = items(spec[direction], `spec.${direction}`, (rule, field): Rule => {
    const index = Number(field.slice(field.lastIndexOf('[') + 1, -1))
    const side = direction === 'ingress' ? 'from' : 'to'
    const peers = items(rule[side], `${field}.${side}`, (peer, path) => peerOf(peer, path, namespace, reading))
    const traffic = items(rule['ports'], `${field}.ports`, portOf)
    return {
      at: `${direction}[${index}]`,
      index,
      action: 'allow',
      // An empty list of peers or ports is as good as none: everyone, everything.
      ...(peers.length > 0 ? { peers: joinBlocks(peers, reading) } : {}),
      ...(traffic.length > 0 ? { traffic } : {}),
    }
  })
  return { rules, isolates: true }
}

function peerOf(peer: Raw, field: string, namespace: string, reading: Reading): PartyMatch {
  const block = optionalRecord(peer['ipBlock'], `${field}.ipBlock`)
  const podSelector = optionalSelector(peer['podSelector'], `${field}.podSelector`)
  const namespaceSelector = optionalSelector(peer['namespaceSelector'], `${field}.namespaceSelector`)
  if (block) {
    if (podSelector || namespaceSelector) throw new ShapeError(field, 'an ipBlock or selectors', peer)
    const spared = cidrsOf(block['except'], `${field}.ipBlock.except`)
    return blockMatch(without([cidrOf(block['cidr'], `${field}.ipBlock.cidr`)], spared), reading)
  }
  if (!podSelector && !namespaceSelector) throw new ShapeError(field, 'a peer with a selector or an ipBlock', peer)
  return podsMatch({
    ...(namespaceSelector ? { namespaceSelector } : { namespace }),
    ...(podSelector ? { podSelector } : {}),
    hostNetwork: hostNetworkPeers(reading),
  })
}

/** A NetworkPolicyPort: TCP by default, all ports of the protocol where none is named. */
function portOf(raw: Raw, field: string): TrafficMatch {
  const protocol = protocolOf(raw['protocol'], `${field}.protocol`)
  const port = raw['port'] ?? undefined
  const end = raw['endPort'] ?? undefined
  if (port === undefined) {
    if (end !== undefined) throw new ShapeError(`${field}.port`, 'given where endPort is', port)
    return { protocol }
  }
  return { protocol, ports: [portSpec(port, end, field)] }
}

function portSpec(port: unknown, end: unknown, field: string): PortSpec {
  if (typeof port === 'string') {
    if (end !== undefined) throw new ShapeError(`${field}.port`, 'a number where endPort is given', port)
    return { name: port }
  }
  const from = portNumber(port, `${field}.port`)
  const to = end === undefined ? from : portNumber(end, `${field}.endPort`)
  if (to < from) throw new ShapeError(`${field}.endPort`, 'no less than port', end)
  return { from, to }
}
