import { listAt, metaOf, type Raw, specOf, statusOf, textAt, textsAt } from '../../isolation/raw.ts'
import { nodeAddresses, podAddresses } from '../../isolation/sever-facts.ts'
import { formatAddress, parseAddress, parseCidr } from '../../network/address.ts'
import type { End } from '../model.ts'
import { distinct, type PodsEnd } from './ends.ts'
import type { Ground } from './ground.ts'
import { type Workload, workloadEnd } from './workloads.ts'

/** Addresses that a node has inside of an overlay, from which its own packets reach pods of other nodes. Source: Calico's node annotations. */
const overlayAnnotations = [
  'projectcalico.org/IPv4IPIPTunnelAddr',
  'projectcalico.org/IPv4VXLANTunnelAddr',
  'projectcalico.org/IPv6VXLANTunnelAddr',
  'projectcalico.org/IPv4WireguardInterfaceAddr',
  'projectcalico.org/IPv6WireguardInterfaceAddr',
]

/** Every address that packets of a node may come from. */
export function addressesOfNode(node: Raw): string[] {
  const { annotations } = metaOf(node)
  const spec = specOf(node)
  return [
    ...listAt(statusOf(node), 'addresses').map((entry) => textAt(entry, 'address')),
    ...overlayAnnotations.map((key) => annotations[key] ?? ''),
    // flannel's own address on a node is the first of the node's pod range.
    ...[textAt(spec, 'podCIDR'), ...textsAt(spec, 'podCIDRs')].map((cidr) => {
      const range = parseCidr(cidr)
      return range ? formatAddress({ family: range.family, value: range.first }) : ''
    }),
  ]
}

/** Single addresses as an ipBlock has them; what is no address is left out. */
export function cidrsOf(addresses: readonly string[]): string[] {
  return distinct(addresses).flatMap((text) => {
    const address = parseAddress(text)
    return address ? [`${formatAddress(address)}/${address.family === 4 ? 32 : 128}`] : []
  })
}

/** Pods on the network of their nodes, which no selector of a policy means, by the addresses of those nodes. */
export function hostEnd(ground: Ground, pods: readonly Raw[], name: string): End {
  const names = new Set(pods.map((pod) => textAt(specOf(pod), 'nodeName')))
  const nodes = ground.nodes.filter((node) => names.has(metaOf(node).name))
  const cidrs = cidrsOf([
    ...pods.flatMap((pod) => [...podAddresses(pod), ...nodeAddresses(pod)]),
    ...nodes.flatMap(addressesOfNode),
  ])
  return cidrs.length > 0
    ? { kind: 'block', cidrs, name: `${name} (host network)` }
    : { kind: 'unnamed', name: `${name}, on a host network whose addresses are not known` }
}

/** A workload as one side of a connection. */
export function endOf(ground: Ground, workload: Workload): End {
  const { ref, hostNetwork, pods } = workload
  return hostNetwork ? hostEnd(ground, pods, `${ref.kind} ${ref.name}`) : workloadEnd(workload)
}

/** Pods of an end, as policies can name them: by the selector, and by address those on the host network. */
export function endsOf(ground: Ground, end: PodsEnd, pods: readonly Raw[]): End[] {
  const onHosts = pods.filter((pod) => specOf(pod)['hostNetwork'] === true)
  if (onHosts.length === 0) return [end]
  const host = hostEnd(ground, onHosts, end.name)
  return onHosts.length === pods.length ? [host] : [end, host]
}
