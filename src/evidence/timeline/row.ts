import type { TimelineRow } from '../../audit-log/timeline-rows.ts'
import { type SourceClock, stamp } from '../../audit-log/timeline-clock.ts'
import { micros } from '../../audit-log/event.ts'
import type { BundleClocks } from './clocks.ts'

/** What is said of something that happened, beside when by which clock. */
export type Said = Pick<TimelineRow, 'what'> &
  Partial<Omit<TimelineRow, 'time' | 'corrected' | 'uncertaintyMs' | 'clockUnknown' | 'source' | 'apartMs' | 'what'>>

/** A row of the timeline, and what tells it from others that say the same of another object. */
export type Found = { row: TimelineRow; of: string }

/** Where something stands: its place for people, and the clocks of the bundle that holds it. */
export type Around = { clocks: BundleClocks; file: string; line: number }

// The rest is in the evidence; an Event's message may be as long as its writer likes.
const longest = 1000

/** A row of what somebody else than an audit log says. */
export function rowOf(time: string, clock: SourceClock, { what, ...said }: Said): TimelineRow {
  return {
    kind: 'state',
    ...stamp(time, clock),
    by: '',
    what: clipped(what),
    at: [],
    count: 1,
    questions: [],
    attack: [],
    ...said,
  }
}

export function clipped(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

/** A time, where it is one. */
export function timeOr(value: unknown): string | undefined {
  return typeof value === 'string' && micros(value) !== undefined ? value : undefined
}

/** A whole number, where it is one: what is not may even refuse to be made a number of. */
export function wholeOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise
}
