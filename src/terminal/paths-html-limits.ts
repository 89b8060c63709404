import type { PathsReport } from '../attack/report.ts'
import { escapeHtml } from '../text/html.ts'
import { htmlLimits } from './html-limits.ts'
import { holdingText, targetText } from './paths-text.ts'

/** What the page does not have: paths that there was no room for, and what could not be read. */
export function pathsLimits(report: PathsReport, leftOut: number): string {
  const more = (report.more ?? []).map(({ to, from, count }) => {
    const who = from ? `${holdingText(from)} → ` : ''
    return `<li>${count === undefined ? 'There are more' : `${count} more`}: <span class="name">${escapeHtml(`${who}${targetText(to)}`)}</span></li>`
  })
  if (leftOut > 0) more.push(`<li>${leftOut} more: there was no room for them</li>`)
  const cut =
    more.length === 0
      ? ''
      : `<div class="warn"><strong>Cut off:</strong> not all paths are in this page. Ask with --from or --to, or take -o json.<ul>${more.join('')}</ul></div>\n`
  return `${cut}${htmlLimits(report)}`
}
