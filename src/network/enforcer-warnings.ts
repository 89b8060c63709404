import type { Finding } from './agents.ts'
import type { NodeEnforcement } from './enforcer.ts'

// Others need a feature gate or another image (Antrea, kube-network-policies), or do not have them at all.
const knowAdmin = new Set(['Calico', 'OVN-Kubernetes'])

/** What to know before one trusts policies: where nothing carries them out, and what is not known. */
export function warningsOf(known: {
  seen: readonly Finding[]
  perNode: readonly NodeEnforcement[]
  unread: readonly string[]
  anyNode: boolean
  isCluster: boolean
  /** Whether there are Admin or Cluster NetworkPolicies. */
  hasAdmin: boolean
}): string[] {
  const { seen, perNode, unread, anyNode, isCluster, hasAdmin } = known
  const active = new Set(seen.filter(({ enforced }) => enforced !== 'no').map(({ agent }) => agent))
  const warnings = perNode
    .filter(({ enforced }) => enforced === 'no')
    .map(({ nodes, why }) => `policies are accepted and ignored on ${nodesText(nodes)}: ${why}`)
  if (active.size > 1) {
    warnings.push(`${[...active].sort().join(' and ')} both carry out policies: what they do together is not known`)
  }
  if (active.has('Amazon VPC CNI')) {
    warnings.push('the controller of the Amazon VPC CNI runs in the control plane, where it cannot be seen from here')
  }
  const strangers = [...active].filter((agent) => !knowAdmin.has(agent))
  if (hasAdmin && strangers.length > 0) {
    const who = strangers.sort().join(' and ')
    warnings.push(`whether ${who} carries out Admin and Cluster NetworkPolicies is not known: they are read as if so`)
  }
  if (unread.includes('Pod')) warnings.push('pods could not be listed: who carries out policies is not known')
  else if (isCluster && !anyNode && seen.length > 0)
    warnings.push('nodes could not be listed: those without an agent are not known')
  return warnings
}

/** A few of the nodes by name, and how many they are. */
export function nodesText(nodes: readonly string[]): string {
  const [first = ''] = nodes
  return nodes.length === 1
    ? `node ${first}`
    : `${nodes.length} nodes: ${nodes.slice(0, 3).join(', ')}${nodes.length > 3 ? ', …' : ''}`
}
