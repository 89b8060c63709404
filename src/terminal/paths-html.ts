import type { PathsReport } from '../attack/report.ts'
import { formatStart } from '../attack/target.ts'
import { escapeHtml } from '../text/html.ts'
import { chartGestures } from './browser/chart-gestures.ts'
import { pageKit } from './browser/kit.ts'
import { pathsChart } from './browser/paths-chart.ts'
import { pathsColumns } from './browser/paths-columns.ts'
import { pathsDrawing } from './browser/paths-drawing.ts'
import { pathsFilters } from './browser/paths-filters.ts'
import { pathsFind } from './browser/paths-find.ts'
import { pathsGraph } from './browser/paths-graph.ts'
import { pathsKeys } from './browser/paths-keys.ts'
import { pathsLayout } from './browser/paths-layout.ts'
import { pathsList } from './browser/paths-list.ts'
import { pathsPage } from './browser/paths-page.ts'
import { pathsPanel } from './browser/paths-panel.ts'
import { pathsShortcuts } from './browser/paths-shortcuts.ts'
import { pathsStyle } from './browser/paths-style.ts'
import { pathsView } from './browser/paths-view.ts'
import { pathsWords } from './browser/paths-words.ts'
import { htmlOrigin, type PageOrigin } from './html-origin.ts'
import { htmlPage, scriptOf } from './html-page.ts'
import { cutsHtml } from './paths-html-cuts.ts'
import { pathsLimits } from './paths-html-limits.ts'
import { pathsPageData } from './paths-page-data.ts'
import { targetText } from './paths-text.ts'

/** Paths as one HTML page: what is not known, all paths as a drawing with the evidence of each hop, and what would break them. */
export function* pathsHtml(report: PathsReport, origin: PageOrigin): Generator<string> {
  const { data, leftOut } = pathsPageData(report)
  yield* htmlPage({
    title: 'Escalation paths · kubectl secure',
    style: pathsStyle,
    body: bodyOf(report, leftOut, origin),
    data,
    script: scriptOf(
      pathsPage,
      pageKit,
      pathsFind,
      pathsWords,
      pathsGraph,
      pathsColumns,
      pathsLayout,
      pathsView,
      pathsDrawing,
      chartGestures,
      pathsKeys,
      pathsChart,
      pathsList,
      pathsPanel,
      pathsFilters,
      pathsShortcuts,
    ),
  })
}

function bodyOf(report: PathsReport, leftOut: number, origin: PageOrigin): string {
  return `<header>
<h1>Escalation paths</h1>
<p>Asked: <span class="name">${escapeHtml(queryText(report.query))}</span></p>
${htmlOrigin(origin)}
${pathsLimits(report, leftOut)}
</header>
<main>
${report.paths.length === 0 ? nothing(report) : drawing}
${cutsHtml(report)}
</main>`
}

function queryText({ from, to, maxHops }: PathsReport['query']): string {
  const who = from.length === 0 ? 'whoever is not the system’s own' : from.map(formatStart).join(' or ')
  const most = maxHops === undefined ? '' : `, in at most ${maxHops} hops`
  return `from ${who} to ${to.map(targetText).join(' or ')}${most}`
}

function nothing({ complete, query }: PathsReport): string {
  const where = complete ? '' : ' in what could be read'
  return `<p class="note">No path to ${escapeHtml(query.to.map(targetText).join(' or '))} was found${where}.</p>`
}

const keys: [string, string][] = [
  ['<kbd>/</kbd>', 'search; all words must be on a path'],
  ['<kbd>Tab</kbd>', 'search, list, drawing, panel'],
  ['<kbd>↑</kbd> <kbd>↓</kbd> in the list', 'path by path; <kbd>Enter</kbd> shows one'],
  ['Arrows in the drawing', 'along the lines, and up and down a column; <kbd>Enter</kbd> shows the evidence'],
  ['<kbd>Shift</kbd> and arrows', 'move the drawing'],
  ['<kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd>', 'larger, smaller, all of it'],
  ['<kbd>Esc</kbd>', 'closes the panel, then lets go of the path, then clears the search'],
  ['Mouse, touch', 'wheel or two fingers zoom, dragging moves, a click opens'],
]

const drawing = `<div class="bar">
<div><label for="search" class="soft">Search subjects, targets, rules, grants <kbd>/</kbd></label>
<input type="search" id="search" autocomplete="off" spellcheck="false"></div>
<div id="targets" class="choices" role="group" aria-label="Paths to which targets"></div>
</div>
<div id="work" class="work">
<section id="side" aria-label="Paths"><p id="count" class="soft" role="status"></p><ul id="list" class="plain"></ul><button type="button" id="more" hidden></button></section>
<div id="drawn"><section id="frame" role="application" aria-label="Drawing of the paths, from subjects at the left to targets at the right; the list has the same paths">
<div id="moved"><svg id="lines" width="1" height="1" aria-hidden="true"></svg><div id="pieces"></div></div>
</section>
<div class="tools">
<button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="out" aria-label="Zoom out">−</button>
<button type="button" id="fit">Fit all</button><button type="button" id="each" aria-pressed="false" title="Starts that do the same are one card, unless this is on">Each on its own</button>
<button type="button" id="keys">Keys <kbd>?</kbd></button>
</div></div>
<aside id="panel" aria-labelledby="panel-title" hidden></aside>
</div>
<p class="legend soft"><span>Boxes are what is held, rounded ones what is done to get more: click one for its evidence.</span><span>Dashed: waits for something to happen, or not sure to work; it says which.</span><span>✂: the proposed cut takes a grant of it away.</span></p>
<dialog id="help" aria-label="Keys"><h2>Keys</h2><dl>${keys.map(([key, what]) => `<dt>${key}</dt><dd>${what}</dd>`).join('')}</dl><button type="button" id="close">Close</button></dialog>`
