import { SecureError } from '../../errors.ts'
import { parsePeer, peerText, trafficText } from '../../isolation/peers.ts'
import { parsePort } from '../../network/end-text.ts'
import { unescapeFromTerminal } from '../../text/terminal.ts'
import { selects } from '../../workload/label-selector.ts'
import type { Allow, End, Need } from '../model.ts'
import { type Found, labelsSelector, nothing, type Ports } from './ends.ts'
import { dnsName, dnsOf } from './dns.ts'
import { type Ground, labelsOf } from './ground.ts'
import { endOf, endsOf } from './hosts.ts'
import { meaningOf } from './resolve.ts'

const hint =
  'write [workload=[KIND/]NAME,]from=PEER or to=PEER; PEER is NAMESPACE/LABEL=VALUE, ns:NAMESPACE, an address or CIDR, dns or api, then :PORT/PROTOCOL; as in workload=web,from=ns:ingress:8080/tcp'
const workloadName = /^(?:[A-Za-z]+\/)?[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/

/**
 * What --allow takes: `from=PEER` or `to=PEER`, for all pods of the namespace, or with `workload=NAME,` before it for those of one
 * workload (`web`, or `Deployment/web`). PEER is what isolate's --allow-from takes, or `api`: NAMESPACE/LABEL=VALUE[,LABEL=VALUE…],
 * ns:NAMESPACE, an address or CIDR, dns or api; each with an optional :PORT, :PORT/PROTOCOL or :PROTOCOL (an IPv6 address then in
 * brackets). Ports are those of the pods, not of a Service: `workload=web,from=ns:ingress:8080/tcp`. Throws SecureError('usage').
 */
export function parseAllow(typed: string): Allow {
  const text = unescapeFromTerminal(typed)
  const bad = (why: string) => new SecureError('usage', `--allow ${typed}: ${why}`, { hint })
  const [, workload, direction, peer = ''] = /^(?:workload=([^,=]*),)?(from|to)=(.*)$/s.exec(text) ?? []
  if (direction === undefined) throw bad('neither from= nor to= says whose connection it is')
  if (workload !== undefined && !workloadName.test(workload)) throw bad(`"${workload}" is not the name of a workload`)
  if (peer === '') throw bad(`${direction}= names nobody`)
  try {
    return {
      direction: direction === 'from' ? 'ingress' : 'egress',
      peer: peerOf(peer),
      ...(workload === undefined ? {} : { workload }),
      typed,
    }
  } catch (error) {
    throw error instanceof SecureError ? bad(error.message) : error
  }
}

function peerOf(text: string): Allow['peer'] {
  const [, isApi, traffic] = /^(api)(?::(.*))?$/s.exec(text) ?? []
  if (isApi === undefined) return parsePeer(text)
  return { kind: 'api', ...(traffic === undefined ? {} : parsePort(traffic)) }
}

/** What parseAllow reads the same of. */
export function allowText({ direction, workload, peer }: Omit<Allow, 'typed'>): string {
  const head = `${workload === undefined ? '' : `workload=${workload},`}${direction === 'ingress' ? 'from' : 'to'}=`
  return `${head}${peer.kind === 'api' ? `api${trafficText(peer)}` : peerText(peer)}`
}

/** The needs that were asked for; who is not there is a gap. */
export function askedNeeds(ground: Ground, asked: readonly Allow[]): Found {
  const found: Found = { needs: [], notes: [], gaps: [] }
  for (const allow of asked) {
    const [own, others] = [ownEnds(ground, allow), othersOf(ground, allow)]
    for (const [ends, who] of [
      [own, allow.workload ?? ground.namespace],
      [others, allow.peer.kind],
    ] as const) {
      if (ends.length > 0) continue
      const what = `--allow ${allow.typed}`
      found.gaps.push({ what, why: `${who} was not found`, hides: 'nothing is let through for it' })
    }
    for (const mine of own)
      for (const { end, ports } of others) {
        const [from, to] = allow.direction === 'ingress' ? [end, mine] : [mine, end]
        found.needs.push({ from, to, ports, by: [{ how: 'asked', what: `--allow ${allow.typed}` }] })
      }
  }
  return found.needs.length + found.gaps.length > 0 ? found : nothing
}

function ownEnds(ground: Ground, { workload }: Allow): End[] {
  if (workload === undefined) return [{ kind: 'namespace', namespace: ground.namespace }]
  const [name = '', kind = ''] = workload.split('/').reverse()
  return ground.workloads
    .filter(({ ref }) => ref.name === name && (kind === '' || ref.kind.toLowerCase() === kind.toLowerCase()))
    .map((one) => endOf(ground, one))
}

function othersOf(ground: Ground, { peer, direction }: Allow): { end: End; ports: Ports }[] {
  // As in Kubernetes a port without a protocol is TCP.
  const given: Ports = peer.port === undefined ? [] : [{ protocol: peer.protocol ?? 'TCP', port: peer.port }]
  const whole: Ports = peer.protocol === undefined ? [] : [{ protocol: peer.protocol, port: 1, endPort: 65_535 }]
  const ports = given.length > 0 ? given : whole
  // Where they listen themselves: what they call is another matter.
  const theirs = (own: Ports) => (ports.length > 0 || direction === 'ingress' ? ports : own)
  switch (peer.kind) {
    case 'cidr':
      return [{ end: { kind: 'block', cidrs: [peer.cidr], name: peer.cidr }, ports }]
    case 'pods': {
      const { namespace, labels } = peer
      const shown = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
      if (shown.length === 0) return [{ end: { kind: 'namespace', namespace }, ports }]
      const end = { kind: 'pods', namespace, selector: labelsSelector(labels), name: shown.join(',') } as const
      const pods = (ground.pods.get(namespace) ?? []).filter((pod) => selects(end.selector, labelsOf(pod)))
      return endsOf(ground, end, pods).map((one) => ({ end: one, ports }))
    }
    case 'dns':
      return known(dnsOf(ground).needs, theirs)
    case 'api': {
      const meaning = meaningOf(ground, { host: 'kubernetes.default', how: 'url' }, ground.namespace)
      return meaning && 'targets' in meaning
        ? meaning.targets.map(({ end, ports: own }) => ({ end, ports: theirs(own) }))
        : []
    }
  }
}

function known(needs: readonly Need[], theirs: (own: Ports) => Ports): { end: End; ports: Ports }[] {
  return needs
    .filter(({ to }) => to.kind !== 'unnamed')
    .map((need) => ({ end: { ...need.to, name: dnsName } as End, ports: theirs(need.ports) }))
}
