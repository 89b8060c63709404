import { type CreateChange, type Json, objectName, quarantineLabel } from '../change/plan.ts'
import { create } from './overlay-calico.ts'
import type { Overlay } from './overlay.ts'
import { type Exception, planLabels, type PolicyPeer, type PolicyPort } from './policies.ts'
import { numberAt, specOf, textAt } from './raw.ts'
import type { Scene } from './scene.ts'

const group = 'policy.networking.k8s.io'
const lastPriority = 1000

/**
 * A ClusterNetworkPolicy of the tier Admin, or an AdminNetworkPolicy, that denies. Who comes in from outside of the cluster cannot be denied by
 * it: their peers for ingress are pods and namespaces alone. Source: sigs.k8s.io/network-policy-api, v1alpha1 and v1alpha2.
 */
export function adminOverlay(scene: Scene, planId: string, exceptions: Exception[]): Overlay | undefined {
  const newer = scene.served.has(`${group}/v1alpha2`)
  if (!newer && !scene.served.has(`${group}/v1alpha1`)) return undefined
  const kind = newer ? 'ClusterNetworkPolicy' : 'AdminNetworkPolicy'
  const priority = freePriority(scene, kind)
  if (priority === undefined) {
    return { changes: [], notes: [`every priority of ${kind} is taken: what other policies still allow stays open`] }
  }
  const rules = (direction: Exception['direction']) => exceptionRules(exceptions, direction, newer)
  const anyPod = [{ namespaces: {} }]
  const body: CreateChange['body'] = {
    apiVersion: `${group}/${newer ? 'v1alpha2' : 'v1alpha1'}`,
    kind,
    metadata: { name: objectName(planId), labels: planLabels(planId) },
    spec: {
      ...(newer ? { tier: 'Admin' } : {}),
      priority,
      subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { [quarantineLabel(planId)]: 'true' } } } },
      ingress: [...rules('ingress'), { action: 'Deny', from: anyPod }],
      egress: [
        ...rules('egress'),
        { action: 'Deny', to: anyPod },
        { action: 'Deny', to: [{ networks: ['0.0.0.0/0', '::/0'] }] },
      ],
    },
  }
  return {
    changes: [
      create(
        'overlay',
        'denies before NetworkPolicies can allow',
        newer ? 'clusternetworkpolicies' : 'adminnetworkpolicies',
        body,
      ),
    ],
    notes: [
      `${kind} cannot deny what comes in from outside of the cluster`,
      ...(priority > 0 ? [`policies of a priority below ${priority} come before it`] : []),
    ],
  }
}

// Two policies of one priority have no defined order.
function freePriority({ policies }: Scene, kind: string): number | undefined {
  const taken = new Set(
    policies
      .filter((raw) => raw['kind'] === kind && textAt(specOf(raw), 'tier') !== 'Baseline')
      .map((raw) => numberAt(specOf(raw), 'priority')),
  )
  const free = Array.from({ length: lastPriority + 1 }, (_, index) => index).find((index) => !taken.has(index))
  return free
}

function exceptionRules(exceptions: Exception[], direction: Exception['direction'], newer: boolean): Json[] {
  const side = direction === 'ingress' ? 'from' : 'to'
  return exceptions
    .filter((exception) => exception.direction === direction)
    .flatMap(({ peers, ports }) => {
      const named = peers.flatMap((peer) => peerOf(peer, direction))
      const traffic = ports.map((port) => (newer ? protocolOf(port) : portOf(port)))
      if (named.length === 0) return []
      return [
        { action: 'Pass', [side]: named, ...(traffic.length > 0 ? { [newer ? 'protocols' : 'ports']: traffic } : {}) },
      ]
    })
}

function peerOf(peer: PolicyPeer, direction: Exception['direction']): Json[] {
  if ('cidr' in peer) return direction === 'egress' ? [{ networks: [peer.cidr] }] : []
  return [
    {
      pods: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': peer.namespace } },
        podSelector: { matchLabels: peer.labels },
      },
    },
  ]
}

function portOf({ protocol, port }: PolicyPort): Json {
  if (typeof port === 'string') return { namedPort: port }
  return port === undefined ? { portRange: { protocol, start: 1, end: 65_535 } } : { portNumber: { protocol, port } }
}

function protocolOf({ protocol, port }: PolicyPort): Json {
  if (typeof port === 'string') return { destinationNamedPort: port }
  // A protocol without a port is refused.
  const destinationPort: Json = port === undefined ? { range: { start: 1, end: 65_535 } } : { number: port }
  return { [protocol.toLowerCase()]: { destinationPort } }
}
