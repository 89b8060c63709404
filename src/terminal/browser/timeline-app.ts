import type { TimelineData } from './timeline-data.ts'
import type { pageKit } from './kit.ts'
import type { timelineAxis } from './timeline-axis.ts'
import type { timelineBrush } from './timeline-brush.ts'
import type { timelineChart, TimelineState } from './timeline-chart.ts'
import type { Canvas, ChartDocument, ChartElement } from './chart-dom.ts'
import type { timelineDraw } from './timeline-draw.ts'
import type { timelineFilters } from './timeline-filters.ts'
import type { chartGestures } from './chart-gestures.ts'
import type { timelineHands } from './timeline-hands.ts'
import type { timelineKeys } from './timeline-keys.ts'
import type { timelineLanes } from './timeline-lanes.ts'
import type { timelineList } from './timeline-list.ts'
import type { timelineMarks } from './timeline-marks.ts'
import type { timelineMoves } from './timeline-moves.ts'
import type { timelineNames } from './timeline-names.ts'
import type { timelineOpening } from './timeline-opening.ts'
import type { timelinePanel } from './timeline-panel.ts'
import type { timelineRows } from './timeline-rows.ts'
import type { timelineScale } from './timeline-scale.ts'
import type { timelineTime } from './timeline-time.ts'

/** Runs in the browser: joins filters, drawing, panel and table of the page that timeline-page.ts makes. */
export function timelineApp(
  document: ChartDocument,
  data: TimelineData,
  kitOf: typeof pageKit,
  timeOf: typeof timelineTime,
  scaleOf: typeof timelineScale,
  rowsOf: typeof timelineRows,
  lanesOf: typeof timelineLanes,
  marksOf: typeof timelineMarks,
  brushOf: typeof timelineBrush,
  drawOf: typeof timelineDraw,
  axisOf: typeof timelineAxis,
  namesOf: typeof timelineNames,
  chartOf: typeof timelineChart,
  movesOf: typeof timelineMoves,
  gesturesOf: typeof chartGestures,
  handsOf: typeof timelineHands,
  keysOf: typeof timelineKeys,
  panelOf: typeof timelinePanel,
  listOf: typeof timelineList,
  openingOf: typeof timelineOpening,
  filtersOf: typeof timelineFilters,
): void {
  const kit = kitOf(document)
  const part = (id: string) => kit.part(id) as ChartElement
  const time = timeOf()
  const scale = scaleOf(time)
  const rows = rowsOf(data, time)
  const clustering = lanesOf(data, rows)
  const marks = marksOf(data)
  const brushes = brushOf()
  const drawing = drawOf(data, rows, clustering, marks, brushes)
  const shown = Uint32Array.from({ length: rows.size }, (_, row) => row)
  const all = scale.around(rows.spanOf(shown) ?? { from: 0, to: 0 })
  const state: TimelineState = { shown, lanes: [], all, view: all, isOpen: data.groups.map(({ isOpen }) => isOpen) }
  const parts = {
    chart: part('chart'),
    scroll: part('scroll'),
    space: part('space'),
    names: part('names'),
    overview: part('overview') as Canvas,
    axis: part('axis') as Canvas,
    lanes: part('lanes') as Canvas,
  }
  const axes = axisOf(data, rows, scale, brushes)
  const chart = chartOf(document, kit, parts, namesOf, clustering, drawing, axes, state, (group) => {
    state.isOpen[group] = !state.isOpen[group]
    relane()
  })
  let waiting: number | undefined
  const moves = movesOf(part('range'), rows, time, scale, state, chart, () => {
    clearTimeout(waiting)
    waiting = setTimeout(relist, 150) as unknown as number
  })
  const opening = openingOf(document, kit, data, part, rows, time, state, chart, moves, panelOf, listOf)

  function relane(): void {
    state.lanes = clustering.lanes(state.shown, state.isOpen)
    chart.more.cursor = undefined
    part('told').textContent = state.lanes.length > 0 ? '' : 'No row that has a time fits the search and the boxes.'
    chart.draw()
  }

  /** The table has what is in sight, and what has no time. */
  function relist(): void {
    const { shown, view } = state
    const timed = rows.firstFrom(shown, Infinity)
    const [from, to] = [rows.firstFrom(shown, view.from), rows.firstFrom(shown, view.to)]
    const seen = new Uint32Array(to - from + shown.length - timed)
    seen.set(shown.subarray(from, to))
    seen.set(shown.subarray(timed), to - from)
    const number = (count: number) => count.toLocaleString('en')
    const untimed =
      timed < shown.length ? `, and ${number(shown.length - timed)} without a time, at the end of the table` : ''
    part('count').textContent = `${number(to - from)} of ${number(rows.size)} rows are in sight${untimed}`
    opening.list.show(seen, chart.more.chosen ?? -1)
  }

  handsOf(part, parts, state, chart, moves, gesturesOf, {
    open: ({ lane, start, end }) => opening.open(lane.rows.subarray(start, end)),
    say: ({ lane, start, end }) => opening.say(lane.rows.subarray(start, end)),
  })
  keysOf(parts.chart, state, rows, chart, clustering, moves, opening)
  const filters = filtersOf(document, data, rows, marks, chart.palette, (shown) => {
    state.shown = shown
    relane()
    relist()
  })
  const redraw = () => {
    filters.draw()
    chart.drawNow()
  }
  const print = (isPrinting: boolean) => () => {
    document.documentElement.className = isPrinting ? 'printing' : ''
    // Nobody scrolls on paper, nor opens anything.
    if (isPrinting) opening.list.addUpTo(1000)
    if (isPrinting) for (const details of document.querySelectorAll('details')) details.open = true
    redraw()
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && opening.isOpen()) opening.close()
    else filters.key(event)
  })
  parts.scroll.addEventListener('scroll', chart.draw)
  const window = document.defaultView
  window?.addEventListener('resize', chart.draw)
  window?.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  window?.addEventListener('beforeprint', print(true))
  window?.addEventListener('afterprint', print(false))
  part('tools').hidden = rows.timed === 0
  part('drawn').hidden = rows.timed === 0
  filters.apply()
}
