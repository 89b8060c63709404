import { type CreateChange, type Json, objectName, planLabel, quarantineLabel } from '../change/plan.ts'
import type { Direction } from '../network/model.ts'
import type { Peer } from './peers.ts'
import { listAt, metaOf, numberAt, type Raw, specOf, stringsAt, textAt } from './raw.ts'

/** The exceptions of a plan, each as a rule: who, and on which ports. */
export type Exception = { direction: Direction; peers: PolicyPeer[]; ports: PolicyPort[] }
/** As a NetworkPolicy has them. */
export type PolicyPeer = { namespace: string; labels: Record<string, string> } | { cidr: string }
export type PolicyPort = { protocol: string; port?: number | string }

/** The exceptions that were asked for; `dns` is the Service of the cluster's DNS, and undefined is returned where it is needed and is none. */
export function exceptionsOf(from: Peer[], to: Peer[], dns: Raw | undefined): Exception[] | undefined {
  const found = [
    ...from.map((peer) => exceptionOf('ingress', peer, dns)),
    ...to.map((peer) => exceptionOf('egress', peer, dns)),
  ]
  return found.every((exception) => exception !== undefined) ? found : undefined
}

function exceptionOf(direction: Direction, peer: Peer, dns: Raw | undefined): Exception | undefined {
  // As in Kubernetes a port without a protocol is TCP.
  const ports =
    peer.port === undefined && peer.protocol === undefined
      ? []
      : [{ protocol: peer.protocol ?? 'TCP', ...(peer.port === undefined ? {} : { port: peer.port }) }]
  if (peer.kind === 'cidr') return { direction, peers: [{ cidr: peer.cidr }], ports }
  if (peer.kind === 'pods') return { direction, peers: [{ namespace: peer.namespace, labels: peer.labels }], ports }
  const labels = dns && stringsAt(specOf(dns), 'selector')
  if (!dns || !labels || Object.keys(labels).length === 0) return undefined
  // Policies see packets after the Service's address was replaced: the ports are those of the pods (OpenShift: 5353).
  const targets = listAt(specOf(dns), 'ports').map((port) => ({
    protocol: textAt(port, 'protocol') || 'TCP',
    port: numberAt(port, 'targetPort') ?? (textAt(port, 'targetPort') || (numberAt(port, 'port') ?? 53)),
  }))
  return { direction, peers: [{ namespace: metaOf(dns).namespace, labels }], ports: ports.length > 0 ? ports : targets }
}

/** The policies in one namespace: what cuts, and what lets the exceptions through. They select by the plan's own label alone. */
export function quarantinePolicies(planId: string, namespace: string, exceptions: Exception[]): CreateChange['body'][] {
  const deny = policy(planId, namespace, objectName(planId), { policyTypes: ['Ingress', 'Egress'] })
  if (exceptions.length === 0) return [deny]
  const rules = (direction: Direction, side: 'from' | 'to') =>
    exceptions
      .filter((exception) => exception.direction === direction)
      .map(({ peers, ports }) => ({
        [side]: peers.map(peerBody),
        ...(ports.length > 0 ? { ports: ports.map(portBody) } : {}),
      }))
  const [ingress, egress] = [rules('ingress', 'from'), rules('egress', 'to')]
  const allow = policy(planId, namespace, objectName(planId, 'allow'), {
    policyTypes: ['Ingress', 'Egress'],
    ...(ingress.length > 0 ? { ingress } : {}),
    ...(egress.length > 0 ? { egress } : {}),
  })
  return [deny, allow]
}

export const planLabels = (planId: string): Record<string, string> => ({ [planLabel]: planId })

function policy(planId: string, namespace: string, name: string, spec: { [key: string]: Json }): CreateChange['body'] {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace, labels: planLabels(planId) },
    spec: { podSelector: { matchLabels: { [quarantineLabel(planId)]: 'true' } }, ...spec },
  }
}

function peerBody(peer: PolicyPeer): Json {
  if ('cidr' in peer) return { ipBlock: { cidr: peer.cidr } }
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } },
    ...(Object.keys(peer.labels).length > 0 ? { podSelector: { matchLabels: peer.labels } } : {}),
  }
}

function portBody({ protocol, port }: PolicyPort): Json {
  return { protocol, ...(port === undefined ? {} : { port }) }
}
