import { items, optionalText, record, ShapeError, text } from '../snapshot/decode.ts'
import {
  cidrsOf,
  optionalNumber,
  optionalRecord,
  optionalSelector,
  portNumber,
  protocolOf,
  type Raw,
  refOf,
} from './decode-parts.ts'
import { expressionOf, inNamespaces, selectorMatch } from './calico-match.ts'
import { blockMatch, nodesMatch, podsMatch, type Reading, unknownMatch } from './kube-match.ts'
import type { Action, Direction, PartyMatch, Policy, PolicySide, Rule } from './model.ts'
import type { PortSpec, TrafficMatch } from './traffic.ts'

export const adminTier = 'adminnetworkpolicy'
export const baselineTier = 'baselineadminnetworkpolicy'

const actions: Record<string, Action> = { Allow: 'allow', Accept: 'allow', Deny: 'deny', Pass: 'pass' }

/**
 * An AdminNetworkPolicy, BaselineAdminNetworkPolicy (v1alpha1) or ClusterNetworkPolicy (v1alpha2) of
 * policy.networking.k8s.io; throws ShapeError. Their subjects are pods, never those on the host network, and a side
 * without rules isolates nobody. Source: sigs.k8s.io/network-policy-api, the types' comments.
 */
export function decodeAdminPolicy(raw: Raw, reading: Reading): Policy {
  const ref = refOf(raw, false)
  const spec = record(raw['spec'], 'spec')
  const baseline = ref.kind === 'BaselineAdminNetworkPolicy' || spec['tier'] === 'Baseline'
  if (ref.kind === 'ClusterNetworkPolicy' && !baseline && spec['tier'] !== 'Admin') {
    throw new ShapeError('spec.tier', 'Admin or Baseline', spec['tier'])
  }
  const priority = ref.kind === 'BaselineAdminNetworkPolicy' ? 1000 : optionalNumber(spec['priority'], 'spec.priority')
  if (priority === undefined) throw new ShapeError('spec.priority', 'a number', undefined)
  return {
    ref,
    tier: baseline ? baselineTier : adminTier,
    order: priority,
    tieBreak: `${baseline ? 'kbanp' : 'kanp'}.${baseline ? baselineTier : adminTier}.${ref.name}`,
    subject: subjectOf(record(spec['subject'], 'spec.subject')),
    additive: false,
    ...sideOf(spec, 'ingress', reading),
    ...sideOf(spec, 'egress', reading),
  }
}

function subjectOf(subject: Raw): PartyMatch {
  const match = podPeer(subject, 'spec.subject')
  if (!match) throw new ShapeError('spec.subject', 'namespaces or pods', subject)
  return match
}

function sideOf(spec: Raw, direction: Direction, reading: Reading): { [D in Direction]?: PolicySide } {
  const rules = items(spec[direction], `spec.${direction}`, (rule, field) => ruleOf(rule, field, direction, reading))
  return rules.length > 0 ? { [direction]: { rules, isolates: false } } : {}
}

function ruleOf(rule: Raw, field: string, direction: Direction, reading: Reading): Rule {
  const index = Number(field.slice(field.lastIndexOf('[') + 1, -1))
  const written = text(rule['action'], `${field}.action`)
  const action = Object.hasOwn(actions, written) ? actions[written] : undefined
  if (!action) throw new ShapeError(`${field}.action`, 'Allow, Accept, Deny or Pass', written)
  const side = direction === 'ingress' ? 'from' : 'to'
  const name = optionalText(rule['name'], `${field}.name`)
  const peers = items(rule[side], `${field}.${side}`, (peer, path) => peerOf(peer, path, reading))
  if (peers.length === 0) throw new ShapeError(`${field}.${side}`, 'a list with a peer', rule[side])
  const traffic = [
    ...items(rule['ports'], `${field}.ports`, portOf),
    ...items(rule['protocols'], `${field}.protocols`, protocolMatch),
  ]
  const named = traffic.some(({ ports }) => ports?.some((port) => 'name' in port))
  return {
    at: `${direction}[${index}]`,
    index,
    ...(name ? { name } : {}),
    action,
    peers,
    // Calico 3.30 takes a rule with a port name for one about all ports (conversion.go, "TODO: Add support for NamedPorts").
    ...(traffic.length === 0 || (named && reading.enforcer === 'calico') ? {} : { traffic }),
    ...(named && reading.enforcer === 'calico'
      ? { doubt: 'Calico does not honour port names in this kind of policy' }
      : {}),
  }
}

function peerOf(peer: Raw, field: string, reading: Reading): PartyMatch {
  // To Calico a peer of whole namespaces is all that has their labels, sets of addresses among it (seen on a cluster).
  const spaces = optionalSelector(peer['namespaces'], `${field}.namespaces`)
  if (spaces && reading.enforcer === 'calico') return selectorMatch(inNamespaces(expressionOf(spaces)), reading)
  const pods = podPeer(peer, field)
  if (pods) return pods
  const nodes = optionalSelector(peer['nodes'], `${field}.nodes`)
  if (nodes) {
    return reading.enforcer === 'calico' ? unknownMatch('Calico does not know peers that are nodes') : nodesMatch(nodes)
  }
  const networks = cidrsOf(peer['networks'], `${field}.networks`)
  if (networks.length > 0) {
    // Unlike NetworkPolicy's ipBlock this is defined: addresses of pods and nodes count (the field's comment).
    const defined = reading.enforcer === 'unidentified' ? { ...reading, enforcer: 'conformant' as const } : reading
    return blockMatch(networks, defined)
  }
  // The enforcer is to fail closed, in a way that depends on what it knows (ClusterNetworkPolicyEgressPeer's comment).
  const shown = Object.keys(peer)[0]
  return unknownMatch(
    shown === undefined ? 'a peer without a field' : `peers by ${shown.slice(0, 40)} cannot be evaluated`,
  )
}

function podPeer(peer: Raw, field: string): PartyMatch | undefined {
  const namespaces = optionalSelector(peer['namespaces'], `${field}.namespaces`)
  if (namespaces) return podsMatch({ namespaceSelector: namespaces, hostNetwork: 'never' })
  const pods = optionalRecord(peer['pods'], `${field}.pods`)
  if (!pods) return undefined
  const everything = { matchLabels: {}, matchExpressions: [] }
  return podsMatch({
    namespaceSelector: optionalSelector(pods['namespaceSelector'], `${field}.pods.namespaceSelector`) ?? everything,
    podSelector: optionalSelector(pods['podSelector'], `${field}.pods.podSelector`) ?? everything,
    hostNetwork: 'never',
  })
}

/** An AdminNetworkPolicyPort of v1alpha1. A port name is one of any protocol. */
function portOf(raw: Raw, field: string): TrafficMatch {
  const single = optionalRecord(raw['portNumber'], `${field}.portNumber`)
  if (single) {
    const from = portNumber(single['port'], `${field}.portNumber.port`)
    return { protocol: protocolOf(single['protocol'], `${field}.portNumber.protocol`), ports: [{ from, to: from }] }
  }
  const range = optionalRecord(raw['portRange'], `${field}.portRange`)
  if (range) {
    const protocol = protocolOf(range['protocol'], `${field}.portRange.protocol`)
    return { protocol, ports: [rangeOf(range, `${field}.portRange`)] }
  }
  const name = optionalText(raw['namedPort'], `${field}.namedPort`)
  if (name === undefined) throw new ShapeError(field, 'a portNumber, portRange or namedPort', raw)
  return { ports: [{ name }] }
}

/** A ClusterNetworkPolicyProtocol of v1alpha2: `{tcp: {destinationPort: {number: 80}}}`, `{destinationNamedPort: web}`. */
function protocolMatch(raw: Raw, field: string): TrafficMatch {
  const name = optionalText(raw['destinationNamedPort'], `${field}.destinationNamedPort`)
  if (name !== undefined) return { ports: [{ name }] }
  for (const protocol of ['TCP', 'UDP', 'SCTP'] as const) {
    const path = `${field}.${protocol.toLowerCase()}`
    const layer = optionalRecord(raw[protocol.toLowerCase()], path)
    if (!layer) continue
    const port = optionalRecord(layer['destinationPort'], `${path}.destinationPort`)
    return port ? { protocol, ports: [destinationPort(port, `${path}.destinationPort`)] } : { protocol }
  }
  throw new ShapeError(field, 'tcp, udp, sctp or destinationNamedPort', raw)
}

function destinationPort(port: Raw, field: string): PortSpec {
  const range = optionalRecord(port['range'], `${field}.range`)
  if (range) return rangeOf(range, `${field}.range`)
  const from = portNumber(port['number'], `${field}.number`)
  return { from, to: from }
}

function rangeOf(range: Raw, field: string): PortSpec {
  return { from: portNumber(range['start'], `${field}.start`), to: portNumber(range['end'], `${field}.end`) }
}
