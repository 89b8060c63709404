import type { Span } from './timeline-data.ts'
import type { timelineAxis } from './timeline-axis.ts'
import type { Canvas, ChartDocument, ChartElement } from './chart-dom.ts'
import type { Hit, Scene, timelineDraw } from './timeline-draw.ts'
import type { PageKit } from './kit.ts'
import type { Lane, timelineLanes } from './timeline-lanes.ts'
import type { Palette } from './timeline-marks.ts'
import type { Placed, timelineNames } from './timeline-names.ts'

/** What the page shows now. */
export type TimelineState = { shown: Uint32Array<ArrayBuffer>; lanes: Lane[]; all: Span; view: Span; isOpen: boolean[] }

export type TimelineParts = Record<'chart' | 'scroll' | 'space' | 'names', ChartElement> &
  Record<'overview' | 'axis' | 'lanes', Canvas>

/** Runs in the browser: lays lanes out, and draws what is in sight of them. */
export function timelineChart(
  document: ChartDocument,
  kit: PageKit,
  parts: TimelineParts,
  namesOf: typeof timelineNames,
  clustering: ReturnType<typeof timelineLanes>,
  drawing: ReturnType<typeof timelineDraw>,
  axes: ReturnType<typeof timelineAxis>,
  state: TimelineState,
  toggle: (group: number) => void,
) {
  const names = namesOf(kit, parts.names, toggle)
  let hits: Hit[] = []
  let isWaiting = false
  const more: Pick<Scene, 'cursor' | 'chosen' | 'band'> & { whole?: Span | undefined } = {}

  /** At the left are the names; on a narrow screen they stand above each lane. */
  function shape(): { width: number; left: number; isNarrow: boolean; ratio: number } {
    const width = Math.max(parts.space.clientWidth, 50)
    const isNarrow = width < 640
    const left = isNarrow ? 0 : Math.round(Math.min(Math.max(width * 0.22, 180), 300))
    return { width, left, isNarrow, ratio: document.defaultView?.devicePixelRatio ?? 1 }
  }

  function placed(): { all: Placed[]; total: number } {
    const { isNarrow } = shape()
    let total = 0
    const all = state.lanes.map((lane) => {
      const isHead = lane.actor === undefined && state.isOpen[lane.group] === true
      const height = isHead ? 30 : isNarrow ? 50 : 34
      const top = total
      total += height
      return { lane, top, height }
    })
    return { all, total }
  }

  function palette(): Palette {
    const style = document.defaultView?.getComputedStyle(document.documentElement)
    const names = ['bg', 'fg', 'soft', 'line', 'panel', 'focus', 'good', 'bad', 'odd', 'blue'] as const
    const grounds = ['good-bg', 'bad-bg', 'odd-bg', 'blue-bg', 'soft-bg'] as const
    const colours = [...names, ...grounds].map((name) => [name, style?.getPropertyValue(`--${name}`).trim() ?? ''])
    return Object.fromEntries(colours) as Palette
  }

  function drawNow(): void {
    isWaiting = false
    const { all, total } = placed()
    parts.space.style.height = `${total}px`
    const { width, left, isNarrow, ratio } = shape()
    const height = parts.scroll.clientHeight
    const scrolled = parts.scroll.scrollTop
    const sight = all.filter(({ top, height: tall }) => top + tall > scrolled && top < scrolled + height)
    names(
      all.map((one) => ({ ...one, height: isNarrow ? Math.min(one.height, 22) : one.height })),
      sight.map((one) => ({ ...one, height: isNarrow ? 22 : one.height })),
      state.isOpen,
      (lane) => (isNarrow || (lane.actor === undefined && state.isOpen[lane.group]) ? width : left),
    )
    const colours = palette()
    const { view } = state
    axes.overview(parts.overview, colours, {
      shown: state.shown,
      all: state.all,
      view,
      band: more.whole,
      width,
      left,
      ratio,
    })
    axes.axis(parts.axis, colours, view, { width, left, ratio })
    const lanes = sight.map(({ lane, top, height }) => {
      return { lane, top: top - scrolled, height, middle: top - scrolled + (isNarrow ? height - 16 : height / 2) }
    })
    hits = drawing.lanes(parts.lanes, colours, { ...more, view, width, height, left, ratio, lanes })
  }

  function draw(): void {
    if (isWaiting) return
    isWaiting = true
    document.defaultView?.requestAnimationFrame(drawNow)
  }

  function hitAt(x: number, y: number): Hit | undefined {
    // What is drawn last is on top.
    return hits.findLast((hit) => x >= hit.left - 2 && x <= hit.right + 2 && y >= hit.top && y <= hit.bottom)
  }

  /** The time at a place on a canvas; on the overview, of all time. */
  function timeAt(x: number, of: Span = state.view): number {
    const { width, left } = shape()
    const part = Math.min(Math.max((x - left) / (width - left), 0), 1)
    return of.from + part * (of.to - of.from)
  }

  function perPx(): number {
    const { width, left } = shape()
    return (state.view.to - state.view.from) / (width - left)
  }

  function scrollTo(lane: Lane): void {
    const found = placed().all.find((one) => one.lane === lane)
    if (!found) return
    const { scrollTop, clientHeight } = parts.scroll
    if (found.top < scrollTop) parts.scroll.scrollTop = found.top
    else if (found.top + found.height > scrollTop + clientHeight)
      parts.scroll.scrollTop = found.top + found.height - clientHeight
  }

  /** Where clusters begin at this zoom; the same as are drawn. */
  const clusters = (lane: Lane) => clustering.clusters(lane, drawing.gap * perPx())

  return { draw, drawNow, palette, hitAt, timeAt, perPx, scrollTo, clusters, more }
}
