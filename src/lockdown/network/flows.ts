import type { Gap } from '../../snapshot/snapshot.ts'
import type { End, Need, Source } from '../model.ts'
import { endKey } from './ends.ts'
import { calicoFlow } from './calico-flows.ts'
import { hubbleFlow } from './hubble-flows.ts'

/** One connection as a log has it, from who opened it; a word is why a line is none, and `undefined` that it is of no interest. */
export type Seen = Pick<Need, 'from' | 'to' | 'ports'>
export type Reading = Seen | 'malformed' | 'no direction' | undefined

const longestLine = 1 << 20
const mostNeeds = 20_000

/**
 * What was seen on the wire: Hubble's JSON, as `hubble observe -o json` or `-o jsonpb` prints and the exporter writes it; Calico's flow logs, as
 * files of Calico Enterprise or Cloud have them and Whisker serves them, one JSON object a line. Only connections that got through and have
 * an end in one of the namespaces. What cannot be read is counted as a gap; nothing here is allowed by being seen.
 */
export async function readFlows(
  lines: AsyncIterable<string> | Iterable<string>,
  file: string,
  namespaces: ReadonlySet<string>,
): Promise<{ needs: Need[]; gaps: Gap[] }> {
  const found = new Map<string, { need: Need; source: Source; count: number }>()
  const left = { malformed: 0, 'no direction': 0, 'too many': 0 }
  let number = 0
  let first = 0
  for await (const line of lines) {
    number += 1
    // Whisker streams server-sent events.
    const text = line.startsWith('data:') ? line.slice('data:'.length) : line
    if (text.trim() === '' || text.startsWith(':') || text.startsWith('event:') || text.startsWith('id:')) continue
    for (const seen of readLine(text)) {
      if (seen === undefined) continue
      if (typeof seen === 'string') {
        left[seen] += 1
        first ||= number
        continue
      }
      if (![seen.from, seen.to].some((end) => isIn(end, namespaces))) continue
      const key = `${endKey(seen.from)} ${endKey(seen.to)} ${JSON.stringify(seen.ports)}`
      const known = found.get(key)
      if (known) known.count += 1
      else if (found.size >= mostNeeds) left['too many'] += 1
      else found.set(key, { ...seenNeed(seen, file, number), count: 1 })
    }
  }
  for (const { source, count } of found.values()) if (count > 1) source.what += ` and ${count - 1} more`
  return { needs: [...found.values()].map(({ need }) => need), gaps: gapsOf(file, left, first) }
}

function seenNeed(seen: Seen, file: string, line: number): { need: Need; source: Source } {
  const source: Source = { how: 'observed', what: `${file}, line ${line}` }
  return { need: { ...seen, by: [source] }, source }
}

function readLine(text: string): Reading[] {
  if (text.length > longestLine) return ['malformed']
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return ['malformed']
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ['malformed']
  const raw = value as Record<string, unknown>
  // Whisker's list has many in one.
  if (Array.isArray(raw['items'])) return raw['items'].map((item: unknown) => flowOf(item))
  return [flowOf(raw)]
}

function flowOf(value: unknown): Reading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed'
  const raw = value as Record<string, unknown>
  if ('source_namespace' in raw || 'dest_namespace' in raw) return calicoFlow(raw)
  // Beside flows Hubble tells of lost events and of nodes.
  if ('lost_events' in raw || 'node_status' in raw || 'agent_event' in raw || 'debug_event' in raw) return undefined
  const flow = raw['flow'] ?? raw
  if (typeof flow !== 'object' || flow === null || Array.isArray(flow)) return 'malformed'
  return 'verdict' in flow ? hubbleFlow(flow) : 'malformed'
}

function isIn(end: End, namespaces: ReadonlySet<string>): boolean {
  return (end.kind === 'pods' || end.kind === 'namespace') && namespaces.has(end.namespace)
}

function gapsOf(
  file: string,
  left: { malformed: number; 'no direction': number; 'too many': number },
  first: number,
): Gap[] {
  const hides = 'connections that were seen and are not listed'
  const from = `, the first in line ${first}`
  const why = [
    left.malformed > 0 ? `${left.malformed} flows cannot be read${from}` : '',
    left['no direction'] > 0 ? `of ${left['no direction']} flows it is not known who opened them${from}` : '',
    left['too many'] > 0 ? `${left['too many']} flows are more than the ${mostNeeds} different ones that are kept` : '',
  ]
  return why.filter((text) => text !== '').map((text) => ({ what: file, why: text, hides }))
}
