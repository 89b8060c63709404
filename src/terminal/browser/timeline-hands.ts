import type { Span } from './timeline-data.ts'
import type { ChartElement } from './chart-dom.ts'
import type { timelineChart, TimelineParts, TimelineState } from './timeline-chart.ts'
import type { chartGestures } from './chart-gestures.ts'
import type { timelineMoves } from './timeline-moves.ts'
import type { Hit } from './timeline-draw.ts'

/** Runs in the browser: what gestures on each canvas, and the buttons above, do. */
export function timelineHands(
  part: (id: string) => ChartElement,
  parts: TimelineParts,
  state: TimelineState,
  chart: ReturnType<typeof timelineChart>,
  moves: ReturnType<typeof timelineMoves>,
  gesturesOf: typeof chartGestures,
  told: { open(hit: Hit): void; say(hit: Hit): void },
): void {
  const { more } = chart
  let isSelecting = false

  function band(from: number, to: number, of?: Span): Span {
    const [a, b] = [chart.timeAt(from, of), chart.timeAt(to, of)]
    return { from: Math.min(a, b), to: Math.max(a, b) }
  }

  const onLanes = {
    selects: (isShift: boolean) => isSelecting || isShift,
    zoom: (factor: number, x: number) => moves.zoom(factor, chart.timeAt(x)),
    pan: (pixels: number) => void moves.pan(pixels * chart.perPx()),
    selecting(from: number, to: number, isDone: boolean) {
      more.band = isDone ? undefined : band(from, to)
      if (isDone && from !== to) moves.look(band(from, to))
      chart.draw()
    },
    hover(x: number, y: number) {
      const hit = chart.hitAt(x, y)
      parts.lanes.style.cursor = hit ? 'pointer' : isSelecting ? 'crosshair' : 'grab'
      if (hit) told.say(hit)
    },
    click(x: number, y: number, isDouble: boolean) {
      const hit = chart.hitAt(x, y)
      if (isDouble && !hit) moves.zoom(0.5, chart.timeAt(x))
      if (isDouble || !hit) return
      more.cursor = { lane: hit.lane, cluster: hit.cluster }
      parts.chart.focus()
      told.open(hit)
    },
  }
  gesturesOf(parts.lanes, onLanes)
  gesturesOf(parts.axis, { ...onLanes, selects: () => true, hover: () => {}, click: () => {} })
  gesturesOf(parts.overview, {
    selects: () => true,
    zoom: (factor) => moves.zoom(factor),
    pan: onLanes.pan,
    selecting(from, to, isDone) {
      more.whole = isDone ? undefined : band(from, to, state.all)
      if (isDone && from !== to) moves.look(band(from, to, state.all))
      chart.draw()
    },
    hover: () => {},
    click: (x) => void moves.centre(chart.timeAt(x, state.all)),
  })
  const select = part('select')
  const acts: [string, () => void][] = [
    ['in', () => moves.zoom(0.5)],
    ['out', () => moves.zoom(2)],
    ['earlier', () => moves.panPart(-0.5)],
    ['later', () => moves.panPart(0.5)],
    ['fit', () => moves.fit(state.shown)],
    [
      'select',
      () => {
        isSelecting = !isSelecting
        select.setAttribute('aria-pressed', String(isSelecting))
      },
    ],
  ]
  for (const [id, act] of acts) part(id).addEventListener('click', act)
}
