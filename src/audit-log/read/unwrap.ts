import type { AuditEvent, Truncation } from '../event.ts'
import { decodeEvent, isEvent } from './decode-event.ts'
import { object, type Raw, text } from './fields.ts'
import { decodeGkeEntry, isGkeEntry } from './gke.ts'
import { parseJson } from './parse-json.ts'
import { objectOfUri } from './object-of-uri.ts'
import { CutString, parsePartialJson } from './partial-json.ts'

/** What a line turned out to be: events, and parts that look like events of which too little is left. */
export type Unwrapped = { events: AuditEvent[]; unreadable: number }

type Place = { at: AuditEvent['at']; shipped?: string | undefined; truncated?: Truncation | undefined }

/** What holds events: EventList and Kubernetes lists, aws logs, CloudWatch subscriptions, Azure Event Hubs. */
export const eventLists = ['items', 'events', 'logEvents', 'records', 'Records']
// What holds an event as text: CloudWatch, fluentd and Docker, CloudWatch Insights, Splunk.
const envelopes = ['message', '@message', 'log', '_raw']
const deepest = 6

/** The events in a JSON value, whatever envelopes they are in: nothing where it is something else. */
function unwrap(value: unknown, place: Place, depth = 0): Unwrapped {
  const found: Unwrapped = { events: [], unreadable: 0 }
  if (depth > deepest) return found
  if (Array.isArray(value)) return all(value, place, depth)
  const raw = object(value)
  if (!raw) return found
  if (isEvent(raw)) return one(decodeEvent(raw, place.at, place.shipped), place)
  if (isGkeEntry(raw)) return one(decodeGkeEntry(raw, place.at), place)
  const list = eventLists.map((name) => raw[name]).find(Array.isArray)
  if (list) return all(list as unknown[], place, depth)
  const inner = envelopes.map((name) => raw[name]).find(isJsonText)
  if (inner !== undefined) return unwrapText(inner, { ...place, shipped: timeIn(raw) ?? place.shipped }, depth)
  const properties = object(raw['properties']) ?? parsed(raw['properties'])
  if (properties) return unwrap(properties, { ...place, shipped: timeIn(raw) ?? place.shipped }, depth + 1)
  return found
}

/** JSON text with events in it. What ends in the middle is salvaged; `cut` is what it is then called. */
export function unwrapText(source: string | CutString, place: Place, depth = 0, cut: Truncation = 'cut'): Unwrapped {
  const json = source instanceof CutString ? source.text : source
  try {
    if (!(source instanceof CutString)) return unwrap(parseJson(json), place, depth + 1)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const value = parsePartialJson(json)
  const found = unwrap(withoutCut(value), { ...place, truncated: cut }, depth + 1)
  const lost = found.events.length === 0 && found.unreadable === 0 && /"auditID|audit\.k8s\.io/.test(json)
  return lost ? { events: [], unreadable: 1 } : found
}

// Envelopes keep their cut text, which is read further; elsewhere half a string is no value.
function withoutCut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCut).filter((entry) => entry !== undefined)
  const raw = object(value)
  if (!raw || value instanceof CutString) return value instanceof CutString ? undefined : value
  const kept = Object.entries(raw).flatMap(([key, entry]) => {
    // The beginning of a URI still says what was asked for.
    const uri = key === 'requestURI' && entry instanceof CutString ? entry.text : undefined
    const result = uri ?? (envelopes.includes(key) && isJsonText(entry) ? entry : withoutCut(entry))
    return result === undefined ? [] : [[key, result] as const]
  })
  return Object.fromEntries(kept)
}

function all(values: unknown[], place: Place, depth: number): Unwrapped {
  const parts = values.map((entry) => unwrap(entry, place, depth + 1))
  return {
    events: parts.flatMap(({ events }) => events),
    unreadable: parts.reduce((sum, part) => sum + part.unreadable, 0),
  }
}

function one(event: AuditEvent | undefined, { truncated }: Place): Unwrapped {
  if (!event) return { events: [], unreadable: 1 }
  if (!truncated) return { events: [event], unreadable: 0 }
  const object = wholeObject(event)
  const { object: _, ...rest } = event
  return { events: [{ ...rest, ...(object && { object }), truncated }], unreadable: 0 }
}

// objectRef ends with the subresource: one that may be cut would make of an exec the reading of a pod. The URI comes before
// it, and the verb behind the URI.
function wholeObject({ object, response, received, verb, requestURI }: AuditEvent): AuditEvent['object'] {
  if (object && (response || received !== undefined)) return object
  const named = verb !== '' || requestURI.includes('?') ? objectOfUri(requestURI) : undefined
  return named && { ...named, name: named.name || (object?.name ?? '') }
}

function isJsonText(value: unknown): value is string | CutString {
  const content = value instanceof CutString ? value.text : value
  return typeof content === 'string' && /^\s*[{[]/.test(content)
}

function parsed(value: unknown): Raw | undefined {
  try {
    return typeof value === 'string' ? object(parseJson(value)) : undefined
  } catch {
    return undefined
  }
}

// CloudWatch counts milliseconds; Azure and others write RFC 3339.
function timeIn(raw: Raw): string | undefined {
  const time = raw['timestamp'] ?? raw['time'] ?? raw['@timestamp']
  const ms = typeof time === 'number' ? time : undefined
  if (ms !== undefined && Math.abs(ms) <= 8.64e15) return new Date(ms).toISOString()
  return text(time)
}
