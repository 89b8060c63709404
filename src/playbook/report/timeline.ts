import { micros } from '../../audit-log/event.ts'
import { timeline } from '../../audit-log/timeline-order.ts'
import type { TimelineRow } from '../../audit-log/timeline-rows.ts'
import type { Trust } from '../../audit-log/pass.ts'
import { journalRows, type Row } from './journal-rows.ts'
import { type LogRows, rowsOfLogs } from './log-rows.ts'
import type { Lane, LaneRow, Lanes, PlanOfRun, ReportTimes } from './model.ts'
import type { Records } from './records.ts'
import { respondersOf, suspectsOf } from './suspects.ts'

/** What logs and bundles tell, opened: rows as they are read, and what they are worth once they have been. */
export type Telling = {
  /** What is read: bundles and logs by their paths. */
  read: string[]
  rows: AsyncIterable<TimelineRow>
  report(): Pick<Trust, 'gaps' | 'notes' | 'complete'>
}

// More than a person reads; the timeline of evidence has all.
const most: Record<Lane, number> = { responder: 2000, intruder: 2000, other: 500 }

/** What happened, in lanes: of who responded, by the journals; of whom it was about, by logs; and of others, as far as a question or an object of the run is about it. */
export async function lanesOf(records: Records, plans: readonly PlanOfRun[], telling: Telling): Promise<Lanes> {
  const suspects = suspectsOf(records, plans)
  const logs: LogRows = await rowsOfLogs(telling.rows, {
    suspects: new Set(suspects.map(({ user }) => user)),
    responders: respondersOf(records),
    records,
  })
  const begun = micros(records.begin.at) ?? 0
  const ordered = timeline<Row>([...journalRows(records), ...logs.rows])
  const cut: Lanes['cut'] = []
  const counts: Record<Lane, number> = { responder: 0, intruder: 0, other: 0 }
  const rows: LaneRow[] = []
  for (const { lane, corrected, uncertaintyMs, clockUnknown, orderSure, said } of ordered) {
    if (counts[lane]++ >= most[lane]) continue
    const seconds = ((micros(corrected) ?? begun) - begun) / 1_000_000
    rows.push({ lane, corrected, uncertaintyMs, ...(clockUnknown && { clockUnknown }), orderSure, seconds, ...said })
  }
  for (const lane of ['responder', 'intruder', 'other'] as const)
    if (counts[lane] > most[lane]) cut.push({ lane, rows: counts[lane] - most[lane] })
  const { gaps, notes, complete } = telling.report()
  return { suspects, rows, cut, read: telling.read, complete, gaps, notes: [...notes, ...logs.notes] }
}

/** What those that it is about did first. */
export function firstSeenIn({ rows }: Lanes): ReportTimes['firstSeen'] {
  const first = rows.find(({ lane, corrected }) => lane === 'intruder' && micros(corrected) !== undefined)
  if (!first) return undefined
  const { corrected: at, seconds, actor, what, source } = first
  return { at, seconds, what: `${actor}: ${what}`, source }
}
