import type { TimelineRow } from '../audit-log/timeline-rows.ts'
import { csvLine } from '../text/csv.ts'
import { escapeHostile } from '../text/json.ts'
import { outcomeText, targetText } from './audit-words.ts'
import { linesOf, timelineActor, timelineWhat } from './timeline-text.ts'

const described: Record<TimelineRow['kind'], string> = {
  audit: 'Kubernetes audit: request received',
  event: 'Kubernetes Event: first occurrence',
  state: 'Kubernetes object or log: change of state',
  request: 'kubectl secure: request sent',
  change: 'kubectl secure: change made',
}

/**
 * A row as a line for Timesketch, which needs message, datetime and timestamp_desc; the rest are the fields of the row
 * (https://timesketch.org/guides/user/import-from-json-csv/).
 */
export function timesketchLine(row: TimelineRow): string {
  const { corrected: _, at: __, outcome, ...fields } = row
  const line = { ...headOf(row), ...fields, ...(outcome && { outcome: outcomeText(outcome) }), lines: linesOf(row) }
  return `${escapeHostile(JSON.stringify(line))}\n`
}

const columns = [
  'kind',
  'time',
  'uncertaintyMs',
  'clockUnknown',
  'source',
  'by',
  'claimed',
  'as',
  'from',
  'what',
  'namespace',
  'name',
  'outcome',
  'own',
  'until',
  'count',
  'questions',
  'attack',
  'routine',
  'lines',
] as const

/** The first line of the same as CSV. */
export const timesketchCsvHeader = csvLine(['message', 'datetime', 'timestamp_desc', ...columns])

/** A row as a line of CSV, with the fields of {@link timesketchLine}. */
export function timesketchCsvLine(row: TimelineRow): string {
  const { message, datetime, timestamp_desc: desc } = headOf(row)
  const texts = { outcome: row.outcome ? outcomeText(row.outcome) : '', lines: linesOf(row).join(' ') }
  const cells = columns.map((name) => {
    const value = name === 'outcome' || name === 'lines' ? texts[name] : row[name]
    return Array.isArray(value) ? value.join(' ') : String(value ?? '')
  })
  return csvLine([message, datetime, desc, ...cells])
}

function headOf(row: TimelineRow): { message: string; datetime: string; timestamp_desc: string } {
  const { kind, corrected, from, outcome } = row
  const target = targetText(row)
  const parts = [
    `${timelineActor(row)}${from === undefined ? '' : ` from ${from}`}: ${timelineWhat(row)}`,
    ...(target === '-' ? [] : [` on ${target}`]),
    ...(outcome ? [`: ${outcomeText(outcome)}`] : []),
  ]
  return {
    message: parts.join(''),
    // It takes no line without a time.
    datetime: corrected || '1970-01-01T00:00:00Z',
    timestamp_desc: corrected ? described[kind] : `${described[kind].replace(/:.*/, '')}: time unknown`,
  }
}
