import { items, optionalText, stringList, text } from '../snapshot/decode.ts'
import { endpointsMatch, entityMatch } from './cilium-match.ts'
import { cidrOf, cidrsOf, knownSelector, listOf, optionalRecord, portNumber, type Raw } from './decode-parts.ts'
import { blockMatch, joinBlocks, nodesMatch, type Reading, unknownMatch } from './kube-match.ts'
import type { Direction, PartyMatch, Rule } from './model.ts'
import { without } from './range-set.ts'
import { type PortSpec, type Protocol, protocolNamed, type TrafficMatch } from './traffic.ts'

/** What a rule names its peers by; an empty list of any of them is nobody. */
const members = [
  'Endpoints',
  'Requires',
  'CIDR',
  'CIDRSet',
  'Entities',
  'Nodes',
  'Groups',
  'Services',
  'FQDNs',
] as const

/** A rule of `ingress`, `ingressDeny`, `egress` or `egressDeny`; none where it is about nobody. Source: pkg/policy/api. */
export function ciliumRule(
  raw: Raw,
  list: string,
  index: number,
  namespace: string | undefined,
  reading: Reading,
): Rule[] {
  const at = `${list}[${index}]`
  const field = `spec.${at}`
  const direction: Direction = list.startsWith('ingress') ? 'ingress' : 'egress'
  const side = direction === 'ingress' ? 'from' : 'to'
  const named = members.filter((member) => (raw[side + member] ?? undefined) !== undefined)
  const peers = named.flatMap((member) =>
    peersOf(raw[side + member], member, `${field}.${side}${member}`, namespace, reading),
  )
  const { traffic, doubt } = trafficOf(raw, field)
  if (named.length > 0 && peers.length === 0) return []
  // `{}` only says that the direction has a policy; ICMP alone is no traffic that is asked about.
  if (named.length === 0 && traffic === undefined) return []
  const why = doubtOf(raw, field, named) ?? doubt
  return [
    {
      at,
      index,
      action: list.endsWith('Deny') ? 'deny' : 'allow',
      ...(named.length > 0 ? { peers: joinBlocks(peers, { ...reading, enforcer: 'cilium' }) } : {}),
      ...(traffic && traffic !== 'all' ? { traffic } : {}),
      ...(why === undefined ? {} : { doubt: why }),
    },
  ]
}

function peersOf(
  value: unknown,
  member: (typeof members)[number],
  field: string,
  namespace: string | undefined,
  reading: Reading,
): PartyMatch[] {
  switch (member) {
    case 'Endpoints':
      return items(value, field, (selector, path) => endpointsMatch(knownSelector(selector, path), namespace))
    case 'CIDR': {
      const cidrs = cidrsOf(value, field, { orAddress: true })
      return cidrs.length > 0 ? [blockMatch(cidrs, { ...reading, enforcer: 'cilium' })] : []
    }
    case 'CIDRSet':
      return items(value, field, (set, path) => cidrSet(set, path, reading))
    case 'Entities':
      return stringList(value, field).map(entityMatch)
    case 'Nodes':
      return items(value, field, (selector, path) => nodesMatch(knownSelector(selector, path)))
    case 'FQDNs':
      return [outsiders('which addresses a DNS name has is not known')]
    case 'Services':
      return [unknownMatch('the endpoints of a Service that a rule names are not evaluated')]
    case 'Groups':
      return [outsiders('which addresses a group of a cloud provider has is not known')]
    case 'Requires':
      return [unknownMatch('fromRequires and toRequires are not evaluated')]
  }
}

function cidrSet(set: Raw, field: string, reading: Reading): PartyMatch {
  const cidr = optionalText(set['cidr'], `${field}.cidr`)
  if (!cidr) return outsiders('the addresses of a CiliumCIDRGroup are not evaluated')
  const except = cidrsOf(set['except'], `${field}.except`)
  const nets = without([cidrOf(cidr, `${field}.cidr`, { orAddress: true })], except)
  return blockMatch(nets, { ...reading, enforcer: 'cilium' })
}

function outsiders(reason: string): PartyMatch {
  return { key: `outsiders ${reason}`, test: ({ kind }) => kind === 'external' && reason }
}

type Traffic = { traffic?: TrafficMatch[] | 'all'; doubt?: string }

/** Absent where the rule has neither ports nor ICMP. */
function trafficOf(raw: Raw, field: string): Traffic {
  const toPorts = items(raw['toPorts'], `${field}.toPorts`, (entry, path) => ({
    ports: items(entry['ports'], `${path}.ports`, portOf),
    layer7: ['rules', 'serverNames', 'listener', 'terminatingTLS', 'originatingTLS'].find((name) => isSet(entry[name])),
  }))
  const icmp = listOf(raw['icmps'], `${field}.icmps`).length > 0
  if (toPorts.length === 0) return icmp ? { traffic: [{ protocol: 'other' }] } : {}
  const layer7 = toPorts.find((entry) => entry.layer7 !== undefined)?.layer7
  return {
    traffic: toPorts.some(({ ports }) => ports.length === 0) ? 'all' : toPorts.flatMap(({ ports }) => ports),
    ...(layer7 === undefined
      ? {}
      : { doubt: `a condition on the application's protocol (${layer7}) may narrow the rule` }),
  }
}

/** `{port: "80", endPort: 90, protocol: TCP}`: port 0 is every port, ANY every protocol, and a name is a name. */
function portOf(raw: Raw, field: string): TrafficMatch {
  const protocol = protocolOf(optionalText(raw['protocol'], `${field}.protocol`) ?? 'ANY')
  const written = String(typeof raw['port'] === 'number' ? raw['port'] : text(raw['port'] ?? '0', `${field}.port`))
  const number = /^\d{1,5}$/.test(written) ? portNumber(Number(written), `${field}.port`) : undefined
  const end = isSet(raw['endPort']) ? portNumber(raw['endPort'], `${field}.endPort`) : 0
  const spec: PortSpec = number === undefined ? { name: written } : { from: number, to: Math.max(number, end) }
  return { ...(protocol ? { protocol } : {}), ...(number === 0 ? {} : { ports: [spec] }) }
}

function protocolOf(written: string): Protocol | 'other' | undefined {
  const name = written.toUpperCase()
  if (name === 'ANY' || name === '') return undefined
  return protocolNamed(name) ?? 'other'
}

function doubtOf(raw: Raw, field: string, named: readonly string[]): string | undefined {
  const authentication = optionalRecord(raw['authentication'], `${field}.authentication`)
  if (authentication && authentication['mode'] !== 'disabled') return 'the rule asks for authentication of the peer'
  // Cilium's agent refuses such a rule, and the policy with it.
  return named.length > 1 ? 'a rule that names peers in several ways is refused by Cilium' : undefined
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}
