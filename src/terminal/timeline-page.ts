import type { TimelineReport } from '../audit-log/timeline-rows.ts'
import { chartGestures } from './browser/chart-gestures.ts'
import { pageKit } from './browser/kit.ts'
import { timelineApp } from './browser/timeline-app.ts'
import { timelineAxis } from './browser/timeline-axis.ts'
import { timelineBrush } from './browser/timeline-brush.ts'
import { timelineChart } from './browser/timeline-chart.ts'
import { timelineDraw } from './browser/timeline-draw.ts'
import { timelineFilters } from './browser/timeline-filters.ts'
import { timelineHands } from './browser/timeline-hands.ts'
import { timelineKeys } from './browser/timeline-keys.ts'
import { timelineLanes } from './browser/timeline-lanes.ts'
import { timelineList } from './browser/timeline-list.ts'
import { timelineMarks } from './browser/timeline-marks.ts'
import { timelineMoves } from './browser/timeline-moves.ts'
import { timelineNames } from './browser/timeline-names.ts'
import { timelineOpening } from './browser/timeline-opening.ts'
import { timelinePanel } from './browser/timeline-panel.ts'
import { timelineRows } from './browser/timeline-rows.ts'
import { timelineScale } from './browser/timeline-scale.ts'
import { timelineStyle } from './browser/timeline-style.ts'
import { timelineTime } from './browser/timeline-time.ts'
import { htmlPage, scriptOf } from './html-page.ts'
import { timelinePageData } from './timeline-page-data.ts'
import { timelineLimits } from './timeline-page-limits.ts'

/** What happened when, as one HTML page: what it cannot show, a drawing with a lane for each actor, and every row. */
export function* timelinePage(report: TimelineReport): Generator<string> {
  yield* htmlPage({
    title: 'What happened when · kubectl secure',
    style: timelineStyle,
    body: bodyOf(report),
    data: timelinePageData(report.entries, report.span?.silences),
    script: scriptOf(
      timelineApp,
      pageKit,
      timelineTime,
      timelineScale,
      timelineRows,
      timelineLanes,
      timelineMarks,
      timelineBrush,
      timelineDraw,
      timelineAxis,
      timelineNames,
      timelineChart,
      timelineMoves,
      chartGestures,
      timelineHands,
      timelineKeys,
      timelinePanel,
      timelineList,
      timelineOpening,
      timelineFilters,
    ),
  })
}

function bodyOf(report: TimelineReport): string {
  return `<header>
<h1>What happened when</h1>
${timelineLimits(report)}
</header>
<main>
<div class="bar">
<label for="search" class="soft">Search actors, targets, what was done, addresses, outcomes, questions, ATT&amp;CK ids <kbd>/</kbd></label>
<input type="search" id="search" autocomplete="off" spellcheck="false">
<div id="weights" class="marks" role="group" aria-label="Which rows, by what they are"></div>
<div id="kinds" class="marks" role="group" aria-label="Which rows, by where they come from"></div>
</div>
<section aria-label="Drawing">
<div id="tools" class="tools">
<button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="out" aria-label="Zoom out">−</button>
<button type="button" id="earlier" aria-label="Earlier">◀</button><button type="button" id="later" aria-label="Later">▶</button>
<button type="button" id="fit">Fit all</button><button type="button" id="select" aria-pressed="false">Drag selects</button>
<span id="range" role="status"></span>
</div>
<div id="work" class="work">
<div id="drawn">
<div id="chart" tabindex="0" role="application" aria-label="Timeline, a lane for each actor; the table below has the same rows" aria-describedby="keys">
<canvas id="overview"></canvas><canvas id="axis"></canvas>
<div id="scroll" tabindex="-1"><div id="space"><canvas id="lanes"></canvas><div id="names"></div></div></div>
</div>
<p id="told" role="status"></p>
<p id="keys" class="soft hint">Wheel or pinch zooms, dragging pans, with Shift it selects a stretch; so it does in the strip at the top, which has all of the time. Keys: <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>←</kbd> <kbd>→</kbd> pan, <kbd>N</kbd> <kbd>P</kbd> next and previous mark, <kbd>↑</kbd> <kbd>↓</kbd> lane, <kbd>Enter</kbd> opens, <kbd>0</kbd> fits all. A number is so many requests close together; thin bars with ends are how far a time is not sure, thick ones what lasted, hatching where the log has no line.</p>
</div>
<aside id="panel" aria-labelledby="panel-title" hidden></aside>
</div>
</section>
<section id="list" aria-label="Rows">
<h2>Rows</h2>
<p id="count" role="status"></p>
<table id="table" class="list"></table>
<button type="button" id="more" hidden></button>
</section>
</main>`
}
