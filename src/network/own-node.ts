import type { SideVerdict } from './decide.ts'
import type { Direction, Enforcer } from './model.ts'
import type { Party } from './party.ts'

/** Whether a host is the node that a pod runs on. */
export function isOwnNode(subject: Party, other: Party): boolean {
  return other.kind === 'host' && other.node !== undefined && other.node === subject.node
}

/**
 * A node always reaches its own pods, or the kubelet's probes would fail; that admin tiers cannot take this away is
 * known of Calico alone (network-policy-api#314 leaves it open), and Cilium has deny rules for the host. The other way,
 * Kubernetes' documentation promises the same, but Calico and Cilium cut it.
 */
export function atOwnNode(said: SideVerdict, direction: Direction, enforcer: Enforcer): SideVerdict {
  const known = enforcer === 'calico' || enforcer === 'cilium'
  if (direction === 'egress') {
    return known ? said : unclear(said, ownNodeDoubt)
  }
  const explicit = said.by.some(({ tier, rule }) => tier !== 'default' || (rule !== undefined && enforcer === 'cilium'))
  if (enforcer === 'calico' || !explicit) return { verdict: 'allowed', by: [], doubts: [] }
  return unclear(said, 'whether such a policy can keep a node from its own pods is not defined')
}

/** Why it is not known whether a pod reaches its own node: only trying tells. */
export const ownNodeDoubt = 'whether a pod can be kept from its own node differs between CNIs'

function unclear(said: SideVerdict, doubt: string): SideVerdict {
  return { ...said, verdict: 'unknown', doubts: [...said.doubts, doubt] }
}
