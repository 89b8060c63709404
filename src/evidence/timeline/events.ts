import { micros } from '../../audit-log/event.ts'
import { object, type Raw, text } from '../../audit-log/read/fields.ts'
import { type SourceClock, type Stamp, stamp } from '../../audit-log/timeline-clock.ts'
import { type Around, type Found, rowOf, timeOr, wholeOr } from './row.ts'

// A reporter writes an Event at once: of one that was stored much later, or before it happened, that is told.
const prompt = 60_000_000

/**
 * Events by their uids: one that two lists hold (of core v1, of events.k8s.io, of another try) is taken once, as it was when it had come most often.
 */
export class EventRows {
  /** When the earliest was first seen, of all that there were. */
  oldest: string | undefined
  #oldest = Infinity
  readonly #found = new Map<string, { found: Found; count: number; last: number; version: number }>()
  readonly #isKept: (found: Found) => boolean

  /** The others are not held. */
  constructor(isKept: (found: Found) => boolean = () => true) {
    this.#isKept = isKept
  }

  add(raw: Raw, around: Around): void {
    const found = eventRow(raw, around)
    const version = Number(text(object(raw['metadata'])?.['resourceVersion'])) || 0
    const { count, time, until = time } = found.row
    const [first, last] = [micros(time) ?? Infinity, micros(until) ?? Infinity]
    if (first < this.#oldest) [this.#oldest, this.oldest] = [first, time]
    if (!this.#isKept(found)) return
    const known = this.#found.get(found.of)
    if (!known || count > known.count || (count === known.count && (last > known.last || version > known.version)))
      this.#found.set(found.of, { found, count, last, version })
  }

  *rows(): Generator<Found> {
    for (const { found } of this.#found.values()) yield found
    this.#found.clear()
  }
}

/**
 * An Event, from its first occurrence to its last. Whoever may create Events writes what is in one, its reporter and its times too; the API
 * server sets its uid and the time of its creation alone. Both shapes: core/v1 types.go, events/v1 types.go.
 */
export function eventRow(raw: Raw, { clocks, file, line }: Around): Found {
  const meta = object(raw['metadata'])
  const series = object(raw['series'])
  const reporter = object(raw['source']) ?? object(raw['deprecatedSource'])
  const about = object(raw['involvedObject']) ?? object(raw['regarding'])
  const one = (...names: string[]) =>
    names.map((name) => text(raw[name])).find((value) => value !== undefined && value !== '')
  const component = one('reportingController', 'reportingComponent') ?? text(reporter?.['component']) ?? ''
  const host = text(reporter?.['host']) ?? one('reportingInstance') ?? ''
  const count = [raw['count'], raw['deprecatedCount'], series?.['count']].find(isCount) ?? 1
  const stored = timeOr(meta?.['creationTimestamp'])
  const first = [raw['firstTimestamp'], raw['deprecatedFirstTimestamp'], raw['eventTime']].map(timeOr).find(Boolean)
  const last = [raw['lastTimestamp'], raw['deprecatedLastTimestamp'], series?.['lastObservedTime']]
    .map(timeOr)
    .find(Boolean)
  const reason = text(raw['reason']) ?? ''
  const namespace = text(about?.['namespace']) ?? text(meta?.['namespace'])
  const name = text(about?.['name'])
  const kind = text(about?.['kind'])?.toLowerCase() ?? 'object'
  const clock = first === undefined ? clocks.servers : clockOf(component, host, clocks)
  const said = text(raw['message']) ?? text(raw['note']) ?? ''
  const late = first !== undefined && stored !== undefined && isOdd(stamp(first, clock), stamp(stored, clocks.servers))
  const row = rowOf(first ?? stored ?? '', clock, {
    kind: 'event',
    by: host === '' || host === component ? component : `${component} on ${host}`,
    claimed: true,
    what: `${raw['type'] === 'Warning' ? 'warning' : 'event'} ${reason} of ${kind}${late ? ` (stored at ${stored})` : ''}: ${said}`,
    ...(namespace !== undefined && namespace !== '' && { namespace }),
    ...(name !== undefined && { name }),
    ...(last !== undefined && last !== first && { until: last }),
    count,
    at: [{ file, line }],
  })
  return { row, of: text(meta?.['uid']) ?? `${namespace}/${text(meta?.['name']) ?? ''}` }
}

const isCount = (value: unknown): value is number => wholeOr(value, 0) > 0

function isOdd(first: Stamp, stored: Stamp): boolean {
  const apart = Math.abs((micros(stored.corrected) ?? 0) - (micros(first.corrected) ?? 0))
  return apart > prompt + (first.uncertaintyMs + stored.uncertaintyMs) * 1000
}

// A kubelet's time is its node's. Where other reporters run nobody says, nor how far their clocks are off.
function clockOf(component: string, host: string, { node, isNode }: Around['clocks']): SourceClock {
  if (isNode(host) || (component === 'kubelet' && host !== '')) return node(host)
  return { source: component === '' ? 'unknown' : component }
}
