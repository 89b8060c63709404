import type { TimelineRow } from '../audit-log/timeline-rows.ts'
import { escapeHostile } from '../text/json.ts'
import { actorText, outcomeText, secondText, targetText } from './audit-words.ts'
import { formatTable } from './table.ts'

/** What happened, a line each; `wide` adds exact times, addresses, what answers which question, and the lines of the log. */
export function timelineTable(
  rows: readonly TimelineRow[],
  { wide, width }: { wide: boolean; width: number | undefined },
): string {
  const more = wide ? ['UNTIL', 'FROM', 'COUNT', 'QUESTIONS', 'ATTACK', 'LINES'] : []
  const headings = ['TIME', ...more, 'ACTOR', 'OUTCOME', 'TARGET', 'WHAT']
  const cells = rows.map((row) => {
    const { corrected, until = '-', from = '-', count, questions, attack, at } = row
    const lines = at.map(({ file, line }) => `${file}:${line}`).join(' ')
    const facts = [until, from, String(count), questions.join(',') || '-', attack.join(',') || '-', lines]
    return [
      wide ? corrected || 'unknown' : secondText(corrected),
      ...(wide ? facts : []),
      actorText(row),
      outcomeText(row.outcome),
      targetText(row),
      whatText(row),
    ]
  })
  return formatTable(headings, cells, width)
}

/**
 * A row as a line for Timesketch, which needs message, datetime and timestamp_desc; the rest are the fields of the row
 * (https://timesketch.org/guides/user/import-from-json-csv/).
 */
export function timesketchLine(row: TimelineRow): string {
  const { corrected, at, outcome, ...fields } = row
  const from = row.from === undefined ? '' : ` from ${row.from}`
  const line = {
    message: `${actorText(row)}${from}: ${whatText(row)} on ${targetText(row)}: ${outcomeText(outcome)}`,
    // It takes no line without a time.
    datetime: corrected || '1970-01-01T00:00:00Z',
    timestamp_desc: corrected ? 'Kubernetes audit: request received' : 'Kubernetes audit: time unknown',
    ...fields,
    outcome: outcomeText(outcome),
    lines: at.map(({ file, line }) => `${file}:${line}`),
  }
  return `${escapeHostile(JSON.stringify(line))}\n`
}

function whatText({ what, own }: TimelineRow): string {
  return own ? `${what} (kubectl secure, collecting evidence)` : what
}
