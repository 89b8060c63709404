import { type Raw, recordAt, textAt, textsAt } from '../../isolation/raw.ts'
import { protocolNamed } from '../../network/traffic.ts'
import type { End } from '../model.ts'
import type { Reading } from './flows.ts'
import { cidrsOf } from './hosts.ts'
import { seenPods } from './seen-pods.ts'

/**
 * A flow of Calico that was allowed: of a flow log (`proto`, `source_labels: {labels: […]}`, addresses), or of Whisker (`protocol`,
 * `source_labels: "a=b | c=d"`, no addresses). Source: Calico's "Flow log data types", and whisker-backend's FlowResponse.
 */
export function calicoFlow(flow: Raw): Reading {
  if (textAt(flow, 'action').toLowerCase() !== 'allow') return undefined
  const protocol = protocolNamed((textAt(flow, 'proto') || textAt(flow, 'protocol')).toUpperCase())
  if (!protocol) return undefined
  // Aggregated logs may leave the port out.
  const port = Number(flow['dest_port'])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'malformed'
  const [from, to] = [endOf(flow, 'source'), endOf(flow, 'dest')]
  return { from, to, ports: [{ protocol, port }] }
}

function endOf(flow: Raw, side: 'source' | 'dest'): End {
  const namespace = textAt(flow, `${side}_namespace`)
  const type = textAt(flow, `${side}_type`)
  const aggregated = textAt(flow, `${side}_name_aggr`)
  const name = aggregated || textAt(flow, `${side}_name`)
  const isPods = (type === '' || type === 'wep') && !['', '-', 'Global'].includes(namespace)
  if (isPods) return seenPods(namespace, labelsOf(flow, side), name)
  const address = textAt(flow, `${side}_ip`)
  const cidrs = cidrsOf([address])
  if (cidrs.length > 0) return { kind: 'block', cidrs, name: address }
  return { kind: 'unnamed', name: `${name || 'somebody'}, whose address was not logged` }
}

function labelsOf(flow: Raw, side: 'source' | 'dest'): [string, string][] {
  const key = `${side}_labels`
  const texts = typeof flow[key] === 'string' ? textAt(flow, key).split('|') : textsAt(recordAt(flow, key), 'labels')
  return texts.flatMap((text): [string, string][] => {
    const [name = '', ...value] = text.trim().split('=')
    // What Calico adds by itself is no label of the pod.
    return name === '' || name.startsWith('projectcalico.org/') || value.length === 0 ? [] : [[name, value.join('=')]]
  })
}
