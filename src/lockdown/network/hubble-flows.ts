import { numberAt, type Raw, recordAt, textAt, textsAt } from '../../isolation/raw.ts'
import type { End } from '../model.ts'
import { type Ports } from './ends.ts'
import type { Reading } from './flows.ts'
import { cidrsOf } from './hosts.ts'
import { seenPods } from './seen-pods.ts'

/** A flow of Hubble that was forwarded. Source: cilium/cilium api/v1/flow/flow.proto, as protojson and encoding/json write it. */
export function hubbleFlow(flow: Raw): Reading {
  if (textAt(flow, 'verdict') !== 'FORWARDED') return undefined
  const l4 = recordAt(flow, 'l4')
  const protocol = (['TCP', 'UDP', 'SCTP'] as const).find((name) => Object.keys(recordAt(l4, name)).length > 0)
  if (!protocol) return undefined
  // The way back of a connection names its ports the wrong way round.
  if (flow['is_reply'] === true || flow['reply'] === true) return undefined
  const flags = recordAt(recordAt(l4, protocol), 'flags')
  if (flow['is_reply'] !== false) {
    // Older agents, and packets that were not tracked: only who sends the first packet of TCP is known for sure.
    if (protocol !== 'TCP' || flags['SYN'] !== true) return 'no direction'
    if (flags['ACK'] === true) return undefined
  }
  const port = numberAt(recordAt(l4, protocol), 'destination_port')
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return 'malformed'
  const ip = recordAt(flow, 'IP')
  const [from, to] = [
    endOf(recordAt(flow, 'source'), textAt(ip, 'source')),
    endOf(recordAt(flow, 'destination'), textAt(ip, 'destination')),
  ]
  if (!from || !to) return 'malformed'
  const ports: Ports = [{ protocol, port }]
  return { from, to, ports }
}

function endOf(endpoint: Raw, address: string): End | undefined {
  const namespace = textAt(endpoint, 'namespace')
  const labels = textsAt(endpoint, 'labels')
  if (namespace !== '') {
    const own = labels.flatMap((label): [string, string][] => {
      // Others are what Cilium itself knows of the pod.
      if (!label.startsWith('k8s:') || label.startsWith('k8s:io.kubernetes.pod.') || label.startsWith('k8s:io.cilium.'))
        return []
      const [key = '', ...value] = label.slice('k8s:'.length).split('=')
      return [[key, value.join('=')]]
    })
    return seenPods(namespace, own, textAt(endpoint, 'pod_name'))
  }
  const cidrs = cidrsOf([address])
  const reserved = labels.find((label) => label.startsWith('reserved:'))?.slice('reserved:'.length)
  return cidrs.length > 0 ? { kind: 'block', cidrs, name: reserved ? `${address} (${reserved})` : address } : undefined
}
