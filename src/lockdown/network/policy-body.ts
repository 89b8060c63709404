import type { Json } from '../../change/plan.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import type { End } from '../model.ts'
import type { PolicyRule } from './rules.ts'

/** The rules of one direction, as a NetworkPolicy has them; nothing where there are none, which lets nobody through. */
export function side(
  rules: readonly PolicyRule[],
  direction: PolicyRule['direction'],
  namespace: string,
): { [key: string]: Json } {
  const found = rules.filter((rule) => rule.direction === direction)
  const key = direction === 'ingress' ? 'from' : 'to'
  if (found.length === 0) return {}
  return {
    [direction]: found.map(({ peer, ports }): Json => {
      const peers = peersOf(peer, namespace)
      // No list at all is everyone; an empty one would be too, and nobody reads it so.
      return {
        ...(peers === 'everyone' ? {} : { [key]: peers }),
        ...(ports.length > 0 ? { ports: ports.map((port): Json => ({ ...port })) } : {}),
      }
    }),
  }
}

function peersOf(peer: End, namespace: string): Json[] | 'everyone' {
  switch (peer.kind) {
    case 'anyone':
      return 'everyone'
    case 'block':
      if (peer.cidrs.length === 0) throw new TypeError(`${peer.name} has no address`)
      return peer.cidrs.map((cidr) => ({ ipBlock: { cidr } }))
    case 'namespace':
      return [peer.namespace === namespace ? { podSelector: {} } : inNamespace(peer.namespace)]
    case 'pods':
      return [
        {
          ...(peer.namespace === namespace ? {} : inNamespace(peer.namespace)),
          podSelector: selectorBody(peer.selector),
        },
      ]
    case 'unnamed':
      throw new TypeError(`${peer.name} cannot be named in a policy`)
  }
}

const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })

export function selectorBody({ matchLabels, matchExpressions }: LabelSelector): { [key: string]: Json } {
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0
      ? {
          matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
            key,
            operator,
            ...(values.length > 0 ? { values } : {}),
          })),
        }
      : {}),
  }
}
