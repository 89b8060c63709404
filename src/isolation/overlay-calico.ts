import { type CreateChange, type Json, objectName, quarantineLabel } from '../change/plan.ts'
import { type Exception, planLabels, type PolicyPeer, type PolicyPort } from './policies.ts'
import { numberAt, specOf } from './raw.ts'
import type { Overlay } from './overlay.ts'
import type { Scene } from './scene.ts'

/**
 * A tier of its own before all others, with one GlobalNetworkPolicy that denies. Up to Calico 3.30 a policy's name says its tier, later
 * the field does: it has both. A node goes on reaching its pods, so that the kubelet's probes do (seen on 3.30).
 */
export function calicoOverlay(scene: Scene, planId: string, exceptions: Exception[]): Overlay | undefined {
  const apiVersion = ['crd.projectcalico.org/v1', 'projectcalico.org/v3'].find((group) => scene.served.has(group))
  if (apiVersion === undefined) return undefined
  const tier = objectName(planId)
  const orders = scene.policies.filter(({ kind }) => kind === 'Tier').map((raw) => numberAt(specOf(raw), 'order') ?? 0)
  const label = quarantineLabel(planId)
  return {
    changes: [
      create('overlay-tier', 'a tier before all others', 'tiers', {
        apiVersion,
        kind: 'Tier',
        metadata: { name: tier, labels: planLabels(planId) },
        // What the tier does not deny goes on to the next.
        spec: { order: Math.min(0, ...orders) - 1, defaultAction: 'Pass' },
      }),
      create('overlay', 'denies before any other policy can allow', 'globalnetworkpolicies', {
        apiVersion,
        kind: 'GlobalNetworkPolicy',
        metadata: { name: `${tier}.deny`, labels: planLabels(planId) },
        spec: {
          tier,
          order: 0,
          selector: `${label} == 'true'`,
          types: ['Ingress', 'Egress'],
          ingress: [...rules(exceptions, 'ingress'), { action: 'Deny' }],
          egress: [...rules(exceptions, 'egress'), { action: 'Deny' }],
        },
      }),
    ],
    notes: [],
  }
}

export function create(id: string, why: string, resource: string, body: CreateChange['body']): CreateChange {
  const { apiVersion, kind, metadata } = body
  const namespace = metadata['namespace']
  return {
    id,
    do: 'create',
    why,
    ref: { apiVersion, kind, resource, ...(typeof namespace === 'string' ? { namespace } : {}), name: metadata.name },
    body,
  }
}

// Passed on, not allowed: what others deny stays denied.
function rules(exceptions: Exception[], direction: Exception['direction']): Json[] {
  const side = direction === 'ingress' ? 'source' : 'destination'
  return exceptions
    .filter((exception) => exception.direction === direction)
    .flatMap(({ peers, ports }) =>
      peers.flatMap((peer) => (ports.length === 0 ? [undefined] : ports).map((port) => ruleOf(side, peer, port))),
    )
}

function ruleOf(side: 'source' | 'destination', peer: PolicyPeer, port: PolicyPort | undefined): Json {
  const ports = port?.port === undefined ? {} : { ports: [port.port] }
  const entity = entityOf(peer)
  return {
    action: 'Pass',
    ...(port ? { protocol: port.protocol } : {}),
    ...(side === 'destination' ? { destination: { ...entity, ...ports } } : { source: entity, destination: ports }),
  }
}

// Keys and values are letters, digits, dots, dashes, slashes and underscores (parsePeer), or what the API server took for labels.
function entityOf(peer: PolicyPeer): { [key: string]: Json } {
  if ('cidr' in peer) return { nets: [peer.cidr] }
  const selector = Object.entries(peer.labels).map(([key, value]) => `${key} == '${value}'`)
  return {
    namespaceSelector: `kubernetes.io/metadata.name == '${peer.namespace}'`,
    ...(selector.length > 0 ? { selector: selector.join(' && ') } : {}),
  }
}
