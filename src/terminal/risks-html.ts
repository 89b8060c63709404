import type { RisksReport } from '../risks/finding.ts'
import { escapeHtml } from '../text/html.ts'
import { pageKit } from './browser/kit.ts'
import { risksList } from './browser/risks-list.ts'
import { risksPage } from './browser/risks-page.ts'
import { risksStyle } from './browser/risks-style.ts'
import { htmlLimits } from './html-limits.ts'
import { htmlOrigin, type PageOrigin } from './html-origin.ts'
import { htmlPage, scriptOf } from './html-page.ts'
import { risksPageData } from './risks-page-data.ts'

/** Risks as one HTML page: what is not known, and every finding, to be searched, sorted and opened. */
export function* risksHtml(report: RisksReport, origin: PageOrigin): Generator<string> {
  const { data, leftOut } = risksPageData(report)
  const heading = report.gone === undefined ? 'Risks' : 'Risks since the baseline'
  yield* htmlPage({
    title: `${heading} · kubectl secure`,
    style: risksStyle,
    body: bodyOf(report, heading, leftOut, origin),
    data,
    script: scriptOf(risksPage, pageKit, risksList),
  })
}

function bodyOf(
  { query, complete, gaps, notes }: RisksReport,
  heading: string,
  leftOut: number,
  origin: PageOrigin,
): string {
  return `<header>
<h1>${heading}</h1>
<p>Of ${query.namespace === undefined ? 'the whole cluster' : `namespace <span class="name">${escapeHtml(query.namespace)}</span>`}</p>
${htmlOrigin(origin)}
${limits({ complete, gaps, notes }, leftOut)}
</header>
<main>
<div class="bar">
<label for="search" class="soft">Search names, rules, grants, ids <kbd>/</kbd></label>
<input type="search" id="search" autocomplete="off" spellcheck="false">
<div class="choices"><span id="severities" class="choices" role="group" aria-label="Which severities"></span>
<label>Rule <select id="rules"></select></label></div>
</div>
<p><span id="count" role="status"></span></p>
<table id="table" class="list"></table>
<button type="button" id="more" hidden></button>
</main>`
}

function limits(limited: Pick<RisksReport, 'complete' | 'gaps' | 'notes'>, leftOut: number): string {
  const cut =
    leftOut > 0
      ? `<p class="warn"><strong>Cut off:</strong> ${leftOut} findings, the least severe, are not in this page. Ask with -n, or take -o json.</p>\n`
      : ''
  return `${cut}${htmlLimits(limited)}`
}
