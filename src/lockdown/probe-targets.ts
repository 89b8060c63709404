import { metaOf, type Raw, specOf, statusOf, textAt } from '../isolation/raw.ts'
import { podAddresses } from '../isolation/sever-facts.ts'
import { apiName } from './network/control-plane.ts'
import { dnsName } from './network/dns.ts'
import { endText, isPod } from './network/ends.ts'
import type { PlannedRule } from './network/policies.ts'
import { apiService } from './network/uses.ts'

/** Somebody who is there, and whom rules let the namespace's pods speak to. */
export type Target = { name: string; address: string; port: number; pod?: Raw }

// Addresses outside may be anybody's, and down: these two are the cluster's own.
const ownBlocks = new Set([dnsName, apiName, `Service ${apiService}`])

/** One target for each rule that lets pods out at a TCP port; of pods one that runs. What a try shows there is a connection that opens and closes. */
export function targetsOf(rules: readonly PlannedRule[], objects: readonly Raw[]): Target[] {
  const pods = objects.filter(isThere)
  const found = rules.flatMap(({ direction, peer, ports }): Target[] => {
    const port = ports.find((one) => one.protocol === 'TCP' && typeof one.port === 'number')?.port
    if (direction !== 'egress' || typeof port !== 'number') return []
    const name = endText(peer)
    if (peer.kind === 'block') {
      const single = peer.cidrs.find((cidr) => /\/(?:32|128)$/.test(cidr))
      return ownBlocks.has(peer.name) && single ? [{ name, address: single.replace(/\/\d+$/, ''), port }] : []
    }
    const pod = pods.find((raw) => isPod(peer, metaOf(raw).namespace, metaOf(raw).labels))
    const [address] = pod ? podAddresses(pod) : []
    return pod && address !== undefined ? [{ name, address, port, pod }] : []
  })
  return [...new Map(found.map((one) => [`${one.address} ${one.port}`, one])).values()]
}

function isThere(raw: Raw): boolean {
  const isPodOfOwn = raw['kind'] === 'Pod' && raw['apiVersion'] === 'v1' && specOf(raw)['hostNetwork'] !== true
  return isPodOfOwn && textAt(statusOf(raw), 'phase') === 'Running' && podAddresses(raw).length > 0
}
