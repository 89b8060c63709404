import type { Cut, PathsReport, Removed } from '../attack/report.ts'
import { escapeHtml, escapeHtmlLine } from '../text/html.ts'
import { cutHeading, removedText, uncuttableHeading } from './paths-cut.ts'
import { holdingText, hopsText, targetText } from './paths-text.ts'

const mostUncuttable = 50

/** What to take away so that nothing leads to the targets any more, with the commands to copy. Nothing where that was not asked. */
export function cutsHtml({ cuts = [] }: PathsReport): string {
  if (cuts.length === 0) return ''
  return `<section id="cuts" aria-label="What to take away"><h2>What to take away</h2>\n${cuts.map(cutHtml).join('\n')}</section>`
}

function cutHtml(cut: Cut): string {
  const items = cut.remove.map(removedHtml)
  return `<p>${escapeHtml(cutHeading(cut))}</p>\n<ol>${items.join('')}</ol>${uncuttable(cut)}`
}

function removedHtml(removed: Removed): string {
  return `<li><span class="name">${escapeHtml(removedText(removed))}</span>, on the paths of ${removed.breaks}
<pre class="name command">${escapeHtmlLine(removed.command)}</pre></li>`
}

function uncuttable(cut: Cut): string {
  const { uncuttable: left } = cut
  if (left.length === 0) return ''
  const items = left.slice(0, mostUncuttable).map(({ from, to, hops }) => {
    const rules = hops.map(({ rule }) => rule).join(' → ')
    return `<li><span class="name">${escapeHtml(`${holdingText(from)} → ${targetText(to)}`)}</span> (${hopsText(hops.length)}: ${escapeHtml(rules)})</li>`
  })
  const more = left.length > mostUncuttable ? `<li>${left.length - mostUncuttable} more: -o json</li>` : ''
  return `<div class="warn">${escapeHtml(uncuttableHeading(cut))}<ul>${items.join('')}${more}</ul></div>`
}
