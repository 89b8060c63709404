import type { ReachDiffReport, ReachReport } from '../network/reach-report.ts'
import { escapeHtml } from '../text/html.ts'
import { htmlLimits } from './html-limits.ts'
import { htmlPage, scriptOf } from './html-page.ts'
import { pageKit } from './browser/kit.ts'
import { reachLines } from './browser/reach-lines.ts'
import { reachList } from './browser/reach-list.ts'
import { reachMatrix } from './browser/reach-matrix.ts'
import { reachPage } from './browser/reach-page.ts'
import { reachStyle } from './browser/reach-style.ts'
import { reachPageData } from './reach-page-data.ts'
import { reachQueryText } from './reach-text.ts'

type Report = ReachReport | ReachDiffReport

/** Who reaches whom, or what a change opens and cuts, as one HTML page: what is not known, a drawing, and every connection. */
export function* reachHtml(report: Report): Generator<string> {
  const isDiff = report.kind === 'ReachDiffReport'
  const heading = isDiff ? 'What the change opens and cuts' : 'Who reaches whom'
  const { data, leftOut } = reachPageData(report)
  yield* htmlPage({
    title: `${heading} · kubectl secure`,
    style: reachStyle,
    body: bodyOf(report, heading, leftOut),
    data,
    script: scriptOf(reachPage, pageKit, reachLines, reachMatrix, reachList),
  })
}

function bodyOf(report: Report, heading: string, leftOut: number): string {
  return `<header>
<h1>${heading}</h1>
<p>Asked: <span class="name">${escapeHtml(reachQueryText(report.query))}</span></p>
${limits(report, leftOut)}
${enforcement(report)}
</header>
<main>
<div class="bar">
<label for="search" class="soft">Search names, ports, policies, reasons <kbd>/</kbd></label>
<input type="search" id="search" autocomplete="off" spellcheck="false">
<div id="kinds" role="group" aria-label="Which connections"></div>
</div>
<h2>${report.kind === 'ReachDiffReport' ? 'What differs between groups' : 'Between groups'}</h2>
<p class="soft">A group is of pods or addresses that no policy tells apart. Rows reach columns; a cell with two marks differs by port or node. Arrow keys move, Enter lists the connections of a cell.</p>
<p id="cut" class="note" hidden></p>
<div id="drawing" class="scroll"></div>
<section id="list" aria-label="Connections">
<h2>Connections</h2>
<p><span id="count" role="status"></span> &nbsp; <button type="button" id="picked" hidden></button></p>
<table id="table" class="list"></table>
<button type="button" id="more" hidden></button>
</section>
</main>`
}

function limits(report: Report, leftOut: number): string {
  const cut =
    leftOut > 0
      ? `<p class="warn"><strong>Cut off:</strong> ${leftOut} rows are not in this page. Narrow the question, or take -o json.</p>\n`
      : ''
  return `${cut}${htmlLimits(report)}`
}

const carriedOut = {
  yes: 'Agents that carry policies out are seen on every node',
  no: 'Nothing that is seen carries policies out: they are accepted and ignored',
  partly: 'Policies are carried out on some nodes only',
  unknown: 'Whether policies are carried out is not known',
} as const

function enforcement({ enforcement: found }: Report): string {
  const state = found?.enforced ?? 'unknown'
  const evidence = (found?.evidence ?? []).map((line) => `<li>${escapeHtml(line)}</li>`)
  return `<div class="${state === 'yes' ? 'soft' : state === 'unknown' ? 'note' : 'warn'}">
<p>${carriedOut[state]}. This page is what policies say, not proof of what happens; connections that were open stay open.</p>
${evidence.length > 0 ? `<ul>${evidence.join('')}</ul>` : ''}
</div>`
}
