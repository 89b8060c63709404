import { micros } from '../../audit-log/event.ts'
import type { TimelineRow } from '../../audit-log/timeline-rows.ts'

export type Window = { since?: string | undefined; until?: string | undefined }

/** Whether a row may be of a time, as far as its clock is known: what lasts is where it is begun or goes on. One without a time is in all. */
export function isInWindow(row: TimelineRow, { since, until }: Window): boolean {
  const at = micros(row.corrected)
  if (at === undefined) return true
  const [from, to] = [micros(since ?? '') ?? -Infinity, micros(until ?? '') ?? Infinity]
  const doubt = row.uncertaintyMs * 1000
  const lasts = (micros(row.until ?? '') ?? -Infinity) - (micros(row.time) ?? Infinity)
  return at - doubt < to && at + Math.max(lasts, 0) + doubt >= from
}
