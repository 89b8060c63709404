import type { LaneRow, PlaybookReport } from '../playbook/report/model.ts'
import { escapeHtml, escapeHtmlLine } from '../text/html.ts'
import { reportStyle } from './browser/playbook-report-style.ts'
import { htmlPage } from './html-page.ts'
import { type Block, type Inline, type Item, sinceText } from './playbook-report-document.ts'
import { reportDocument } from './playbook-report-text.ts'
import { actorText, clockText, deedText, laneNames, lanesWith } from './playbook-report-timeline.ts'

/** A report as one HTML page that needs nothing else, and runs nothing: to be read, printed, and sent on. */
export async function reportHtml(report: PlaybookReport): Promise<Iterable<string>> {
  const { title, blocks } = await reportDocument(report)
  const sections = sectionsOf(blocks)
  const contents = sections.flatMap(({ id, label }) =>
    label === '' ? [] : [`<li><a href="#${id}">${escapeHtml(label)}</a></li>`],
  )
  const body = sections.map(({ id, label, html }) =>
    label === ''
      ? html.join('\n')
      : `<section id="${id}" aria-labelledby="${id}-h"><h2 id="${id}-h">${escapeHtml(label)}</h2>\n${html.join('\n')}</section>`,
  )
  return htmlPage({
    title: `${title} · kubectl secure`,
    style: reportStyle,
    body: `<header><h1>${escapeHtml(title)}</h1></header>
<nav aria-label="Contents"><ul>${contents.join('')}</ul></nav>
<main>${body.join('\n')}</main>`,
  })
}

type Section = { id: string; label: string; html: string[] }

// Headings of the second level are ours alone.
function sectionsOf(blocks: readonly Block[]): Section[] {
  const sections: Section[] = [{ id: 'top', label: '', html: [] }]
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level === 2)
      sections.push({
        id: `s${sections.length}`,
        label: block.text.filter((one) => typeof one === 'string').join(''),
        html: [],
      })
    else sections.at(-1)?.html.push(blockHtml(block))
  }
  return sections
}

const tones = { good: 'good', bad: 'warn', odd: 'note', soft: 'soft' } as const

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h3>${inline(block.text)}</h3>`
    case 'text':
      return `<p${block.tone === undefined ? '' : ` class="${tones[block.tone]}"`}>${inline(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map(itemHtml).join('')}</ul>`
    case 'facts':
      return `<dl>${block.facts.map(([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${inline(value)}</dd>`).join('')}</dl>`
    case 'table':
      return table(block.headings, block.rows)
    case 'diff':
      return `<pre class="diff" tabindex="0">${block.text.trimEnd().split('\n').map(diffLine).join('\n')}</pre>`
    case 'lanes':
      return lanes(block.rows)
    case 'ask':
      return `<div class="ask"><p>${escapeHtml(block.text)}</p>${'<div class="line"></div>'.repeat(block.lines)}</div>`
  }
}

function itemHtml({ text, more = [] }: Item): string {
  const rest = more.length === 0 ? '' : `<ul>${more.map((one) => `<li>${inline(one)}</li>`).join('')}</ul>`
  return `<li>${inline(text)}${rest}</li>`
}

function table(headings: readonly string[], rows: readonly (readonly Inline[])[]): string {
  const head = headings.map((one) => `<th scope="col">${escapeHtml(one)}</th>`).join('')
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, index) => `<td data-heading="${escapeHtml(headings[index] ?? '')}"><span>${inline(cell)}</span></td>`).join('')}</tr>`,
  )
  return `<table class="list"><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`
}

// A lane is hidden by its box alone: nothing runs in this page.
function lanes(rows: readonly LaneRow[]): string {
  const all = lanesWith(rows)
  const count = (lane: string) => rows.filter((row) => row.lane === lane).length
  const boxes = all.map(
    (lane) =>
      `<label><input type="checkbox" id="show-${lane}" checked> ${laneNames[lane]} <span class="soft">${count(lane)}</span></label>`,
  )
  const heads = all.map((lane) => `<th scope="col" class="${lane}">${laneNames[lane]}</th>`)
  const body = rows.map((row, index) => {
    const [day = '', clock = ''] = clockText(row.corrected).split(' ')
    // As often as it changes: rows of a day are looked through by their clocks.
    const isNewDay = index === 0 || !clockText(rows[index - 1]?.corrected ?? '').startsWith(day)
    const cells = all.map((lane) =>
      lane === row.lane
        ? `<td class="${lane} act" data-heading="${laneNames[lane]}"><div>${inline(deedText(row))} <span class="soft source">${inline(actorText(row))} · ${escapeHtml(row.source)}</span></div></td>`
        : `<td class="${lane} none"></td>`,
    )
    const doubt = row.clockUnknown ? ' <abbr title="the clock is not known">?</abbr>' : ''
    return `<tr class="row-${row.lane}"><th scope="row">${isNewDay ? `<span class="day">${escapeHtml(day)}</span> ` : ''}<span class="clock">${escapeHtml(clock)}${doubt}</span> <span class="soft">${sinceText(row.seconds)}</span></th>${cells.join('')}</tr>`
  })
  return `<fieldset class="shown"><legend class="soft">Lanes</legend>${boxes.join('')}</fieldset>
<table class="lanes"><thead><tr><th scope="col">When (UTC)</th>${heads.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`
}

function diffLine(line: string): string {
  const look = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : line.startsWith('#') ? 'soft' : ''
  const text = escapeHtmlLine(line)
  return look === '' ? text : `<span class="${look}">${text}</span>`
}

function inline(pieces: Inline): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return escapeHtmlLine(piece)
      return 'said' in piece
        ? `<span class="said">${escapeHtmlLine(piece.said)}</span>`
        : `<span class="name">${escapeHtml(piece.name)}</span>`
    })
    .join('')
}
