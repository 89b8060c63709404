import type { QuestionCoverage } from '../audit-log/coverage/coverage.ts'
import { micros } from '../audit-log/event.ts'
import type { TimelineReport } from '../audit-log/timeline-rows.ts'
import { escapeHtml } from '../text/html.ts'
import { count } from './change-text.ts'
import { readNotes } from './coverage-text.ts'

/** What a timeline can and cannot show, as HTML: it stands first, so that nobody reads silence as nothing happened. */
export function timelineLimits(report: TimelineReport): string {
  const { complete, gaps, notes, entries, others, own, coverage } = report
  const untimed = entries.filter(({ corrected }) => micros(corrected) === undefined).length
  const said = [
    ...(entries.length === 0
      ? ['There is not one row. That means that nothing happened only where the questions above are logged in full.']
      : []),
    ...readNotes(report),
    ...notes,
    ...(others > 0 ? [`left out: ${count(others, 'request')} that no question is about (--all has all)`] : []),
    ...(own > 0 ? [`left out: ${count(own, 'request')} of our own, which collected the evidence (--all has all)`] : []),
    ...(untimed > 0 ? [`${count(untimed, 'row')} without a time: in the table alone, at its end`] : []),
  ]
  const read = gaps.map(
    ({ what, why, hides }) => `<li>${escapeHtml(what)}: ${escapeHtml(why)}; hidden: ${escapeHtml(hides)}</li>`,
  )
  return `${gaps.length > 0 ? `<div class="warn"><strong>Incomplete:</strong> something could not be read.${folded(read, 10)}</div>` : ''}
<div class="${complete ? 'soft' : 'warn'}"><strong>What this can and cannot show</strong>${folded(covered(coverage), 12)}</div>
<div class="note">${folded(
    said.map((text) => `<li>${escapeHtml(text)}</li>`),
    12,
  )}</div>`
}

function folded(items: string[], most: number): string {
  const list = (some: string[]) => (some.length > 0 ? `<ul>${some.join('')}</ul>` : '')
  if (items.length <= most) return list(items)
  const rest = items.slice(most)
  return `${list(items.slice(0, most))}<details><summary>${rest.length} more</summary>${list(rest)}</details>`
}

const worth: [QuestionCoverage['verdict'], string][] = [
  ['unanswerable', 'Unanswerable, not seeing these proves nothing'],
  ['partly', 'Partly logged, there may be more than is shown'],
  ['answerable', 'Logged in full'],
]

/** Questions of the same worth for the same reasons together. */
function covered(coverage: readonly QuestionCoverage[]): string[] {
  if (coverage.length === 0)
    return ['<li>No question was put to an audit log: it is not known what was asked of the API server.</li>']
  const blind = coverage.flatMap(({ question, blind }) => (blind === undefined ? [] : [`${question}: ${blind}`]))
  return [
    ...worth.flatMap(([verdict, words]) => {
      const groups = Map.groupBy(
        coverage.filter((one) => one.verdict === verdict),
        ({ needs }) => {
          const lacking = needs.filter((need) => need.verdict !== 'logged')
          return [...new Set(lacking.flatMap(({ why }) => why))].toSorted().join('; ')
        },
      )
      return [...groups].map(([why, ones]) => {
        const asked = ones.map(({ question }) => question).join(', ')
        return `<li><strong>${words}:</strong> ${escapeHtml(asked)}${why === '' ? '' : `; ${escapeHtml(why)}`}</li>`
      })
    }),
    ...(blind.length > 0
      ? [
          `<li><details><summary>What no audit log shows</summary><ul>${blind.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></details></li>`,
        ]
      : []),
  ]
}
