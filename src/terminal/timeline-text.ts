import type { TimelineRow } from '../audit-log/timeline-rows.ts'
import { actorText, outcomeText, secondText, targetText } from './audit-words.ts'
import { formatTable } from './table.ts'

/** What happened, a line each; `wide` adds exact times and how sure they are, addresses, what answers which question, and where it stands. */
export function timelineTable(
  rows: readonly TimelineRow[],
  { wide, width }: { wide: boolean; width: number | undefined },
): string {
  const more = wide ? ['SURE', 'CLOCK', 'UNTIL', 'FROM', 'COUNT', 'QUESTIONS', 'ATTACK', 'LINES'] : []
  const headings = ['TIME', ...more, 'KIND', 'ACTOR', 'OUTCOME', 'TARGET', 'WHAT']
  const cells = rows.map((row) => {
    const { corrected, source, until = '-', from = '-', count, questions, attack } = row
    const facts = [
      doubtText(row),
      source,
      until,
      from,
      String(count),
      questions.join(',') || '-',
      attack.join(',') || '-',
    ]
    return [
      wide ? corrected || 'unknown' : secondText(corrected),
      ...(wide ? [...facts, linesOf(row).join(' ')] : []),
      row.kind,
      timelineActor(row),
      outcomeText(row.outcome),
      targetText(row),
      timelineWhat(row),
    ]
  })
  return formatTable(headings, cells, width)
}

/** Who acted; who is only said to have is marked. Raw text. */
export function timelineActor(row: Pick<TimelineRow, 'kind' | 'by' | 'as' | 'claimed'>): string {
  if (row.claimed) return `${row.by || '-'} (claimed)`
  return row.by === '' && row.kind !== 'audit' ? '-' : actorText(row)
}

/** What was done, with whether it was us. Raw text. */
export function timelineWhat({ what, own }: Pick<TimelineRow, 'what' | 'own'>): string {
  return own ? `${what} (kubectl secure, collecting evidence)` : what
}

/** How well a time is known: `±0.4 s`, with a `?` where its place in the order is not sure. */
export function doubtText({ uncertaintyMs, clockUnknown, orderSure }: TimelineRow): string {
  const doubt = clockUnknown ? 'clock unknown' : `±${(uncertaintyMs / 1000).toFixed(3)} s`
  return orderSure === false ? `${doubt} ?` : doubt
}

/** Where it stands: `FILE:LINE`. Raw text. */
export function linesOf({ at }: Pick<TimelineRow, 'at'>): string[] {
  return at.map(({ file, line }) => `${file}:${line}`)
}
