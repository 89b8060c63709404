import { micros, sourceOf } from './event.ts'
import type { Outcome } from './outcome.ts'
import { actorsOf, type AuditRequest } from './request.ts'

/** The clock that wrote a time: how far it is ahead of true time, and how sure that is, in milliseconds. */
export type Clock = { aheadMs: number; uncertaintyMs: number }

/** Something that happened, from whatever source. */
export type TimelineEntry = {
  /** As the source says. */
  time: string
  /** By a true clock, where the source's is known; RFC 3339 in UTC. */
  corrected: string
  /** What lies closer together than this may have happened the other way round. */
  uncertaintyMs: number
  source: string
  by: string
  as?: string
  from?: string
  what: string
  namespace?: string
  name?: string
  outcome?: Outcome
  /** Made by this tool itself. */
  own?: true
  at: { file: string; line: number }[]
}

/** A request as an entry of a timeline. */
export function timelineEntry(
  request: AuditRequest,
  {
    source = 'audit',
    clock = { aheadMs: 0, uncertaintyMs: 0 },
    isOwn,
  }: {
    source?: string
    clock?: Clock | undefined
    /** Whether it is one of our own; the auditID alone does not tell, a client chooses it. */
    isOwn?: ((request: AuditRequest) => boolean) | undefined
  } = {},
): TimelineEntry {
  const { object, verb, requestURI, time, outcome, at } = request
  const from = sourceOf(request)
  const target = object && `${object.resource}${object.subresource && `/${object.subresource}`}`
  const shifted = micros(time)
  return {
    time,
    corrected: shifted === undefined ? time : isoMicros(shifted - clock.aheadMs * 1000),
    uncertaintyMs: clock.uncertaintyMs,
    source,
    ...actorsOf(request),
    ...(from !== undefined && { from }),
    what: `${verb} ${target ?? requestURI}`,
    ...(object?.namespace && { namespace: object.namespace }),
    ...(object?.name && { name: object.name }),
    outcome,
    ...(isOwn?.(request) && { own: true as const }),
    at,
  }
}

/**
 * Entries of any number of sources in order of their corrected times, each with whether its place before the next is
 * sure: it is not where the two are closer than their clocks are known.
 */
export function timeline<T extends TimelineEntry>(...sources: Iterable<T>[]): (T & { orderSure: boolean })[] {
  const timed = sources
    .flatMap((entries) => [...entries])
    .map((entry) => ({ entry, at: micros(entry.corrected) ?? Infinity }))
  timed.sort((a, b) => a.at - b.at || (a.entry.source < b.entry.source ? -1 : a.entry.source > b.entry.source ? 1 : 0))
  return timed.map(({ entry, at }, index) => {
    const next = timed[index + 1]
    // Two entries of one clock are as far apart as it says.
    const doubt = next && next.entry.source !== entry.source ? entry.uncertaintyMs + next.entry.uncertaintyMs : 0
    return { ...entry, orderSure: !next || next.at - at > doubt * 1000 || doubt === 0 }
  })
}

function isoMicros(time: number): string {
  const ms = Math.floor(time / 1000)
  return new Date(ms).toISOString().replace('Z', `${String(Math.round(time - ms * 1000)).padStart(3, '0')}Z`)
}
