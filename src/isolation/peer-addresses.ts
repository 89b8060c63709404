import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import type { Peer } from './peers.ts'
import { type Raw, specOf, textAt, textsAt } from './raw.ts'
import type { IsolateOptions, Scene } from './scene.ts'
import { podAddresses } from './sever-facts.ts'

/** The addresses, as they are now, of those whom exceptions name: connections with them are not cut. Throws SecureError. */
export async function peerAddresses(
  cluster: Cluster,
  { allowFrom = [], allowTo = [] }: IsolateOptions,
  scene: Scene,
): Promise<string[]> {
  const found = await Promise.all(
    [...allowFrom, ...allowTo].map(async (peer) => await addressesOf(cluster, peer, scene)),
  )
  return [...new Set(found.flat())]
}

async function addressesOf(cluster: Cluster, peer: Peer, { dns }: Scene): Promise<string[]> {
  if (peer.kind === 'cidr') return [peer.cidr]
  // A pod sees the address of the Service, and never that of the server behind it.
  if (peer.kind === 'dns')
    return dns
      ? [textAt(specOf(dns), 'clusterIP'), ...textsAt(specOf(dns), 'clusterIPs')].filter(
          (text) => text !== '' && text !== 'None',
        )
      : []
  const selector = Object.entries(peer.labels).map(([key, value]) => `${key}=${value}`)
  const path = `/api/v1/namespaces/${encodeURIComponent(peer.namespace)}/pods?labelSelector=${encodeURIComponent(selector.join(','))}`
  const { items } = await list(cluster, path, (pod: Raw) => podAddresses(pod))
  return items.flat()
}
