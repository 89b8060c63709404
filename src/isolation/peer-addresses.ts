import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import type { Peer } from './peers.ts'
import { listAt, numberAt, type Raw, specOf, textAt, textsAt } from './raw.ts'
import type { IsolateOptions, Scene } from './scene.ts'
import { peerText, podAddresses } from './sever-facts.ts'

/**
 * The addresses, as they are now, of those whom exceptions name, each with what may be spoken with it: connections that were open on another
 * port, or the other way round, are cut as all are. Throws SecureError.
 */
export async function peerAddresses(
  cluster: Cluster,
  { allowFrom = [], allowTo = [] }: IsolateOptions,
  scene: Scene,
): Promise<string[]> {
  const found = await Promise.all([
    ...allowFrom.map(async (peer) => await addressesOf(cluster, peer, 'in', scene)),
    ...allowTo.map(async (peer) => await addressesOf(cluster, peer, 'out', scene)),
  ])
  return [...new Set(found.flat())]
}

async function addressesOf(cluster: Cluster, peer: Peer, direction: 'in' | 'out', { dns }: Scene): Promise<string[]> {
  const { port, protocol = port === undefined ? undefined : 'TCP' } = peer
  const text = (address: string) => peerText(address, direction, protocol, port)
  if (peer.kind === 'cidr') return [text(peer.cidr)]
  if (peer.kind === 'dns') return dns ? dnsAddresses(dns, direction, text, protocol !== undefined) : []
  const selector = Object.entries(peer.labels).map(([key, value]) => `${key}=${value}`)
  const path = `/api/v1/namespaces/${encodeURIComponent(peer.namespace)}/pods?labelSelector=${encodeURIComponent(selector.join(','))}`
  const { items } = await list(cluster, path, (pod: Raw) => podAddresses(pod))
  return items.flat().map(text)
}

// A pod sees the address and port of the Service, and never those of the server behind it.
function dnsAddresses(
  dns: Raw,
  direction: 'in' | 'out',
  text: (address: string) => string,
  isTyped: boolean,
): string[] {
  const spec = specOf(dns)
  const addresses = [textAt(spec, 'clusterIP'), ...textsAt(spec, 'clusterIPs')].filter(
    (address) => address !== '' && address !== 'None',
  )
  if (isTyped) return addresses.map(text)
  return addresses.flatMap((address) =>
    listAt(spec, 'ports').map((port) =>
      peerText(address, direction, textAt(port, 'protocol') || 'TCP', numberAt(port, 'port')),
    ),
  )
}
