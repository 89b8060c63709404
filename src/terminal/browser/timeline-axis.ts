import type { Span, TimelineData } from './timeline-data.ts'
import type { Canvas } from './chart-dom.ts'
import type { timelineBrush } from './timeline-brush.ts'
import type { Palette } from './timeline-marks.ts'
import type { TimelineRows } from './timeline-rows.ts'
import type { timelineScale } from './timeline-scale.ts'

type Shape = { width: number; left: number; ratio: number }

/** Runs in the browser: draws the axis, and above it all of the time with the stretch that is looked at. */
export function timelineAxis(
  data: TimelineData,
  rows: TimelineRows,
  scale: ReturnType<typeof timelineScale>,
  { start, hatch }: ReturnType<typeof timelineBrush>,
) {
  function axis(canvas: Canvas, colours: Palette, view: Span, { width, left, ratio }: Shape): void {
    const height = 26
    const brush = start(canvas, width, height, ratio)
    const perPx = (view.to - view.from) / (width - left)
    brush.clearRect(0, 0, width, height)
    brush.font = '12px system-ui, sans-serif'
    brush.textBaseline = 'middle'
    brush.fillStyle = colours.soft
    brush.textAlign = 'left'
    if (left > 0) brush.fillText('UTC', 8, height / 2)
    brush.textAlign = 'center'
    let free = left
    for (const { at, label } of scale.ticks(view, rows.base, Math.floor((width - left) / 125))) {
      const x = left + (at - view.from) / perPx
      brush.fillStyle = colours.soft
      brush.fillRect(Math.round(x), height - 7, 1, 7)
      // At an edge it is pushed in, so that it is whole.
      const half = label.length * 3.5
      const middle = Math.min(Math.max(x, left + half), width - half)
      if (middle - half < free) continue
      free = middle + half + 8
      brush.fillStyle = colours.fg
      brush.fillText(label, middle, height / 2 - 3)
    }
    brush.fillStyle = colours.soft
    brush.fillRect(left, height - 1, width - left, 1)
  }

  const kinds = data.weights.length
  let binned: { of: Uint32Array; all: Span; counts: Uint32Array; most: number } | undefined

  /** How many rows of each weight there are in each piece of the time. */
  function bins(shown: Uint32Array, all: Span, size: number) {
    if (binned?.of === shown && binned.all === all && binned.counts.length === size * kinds) return binned
    const counts = new Uint32Array(size * kinds)
    let most = 1
    for (const row of shown) {
      if (row >= rows.timed) break
      const bin = Math.floor((((rows.at[row] ?? 0) - all.from) / (all.to - all.from)) * size)
      const place = bin * kinds + (rows.weight[row] ?? 0)
      counts[place] = (counts[place] ?? 0) + 1
      most = Math.max(most, counts[place] ?? 0)
    }
    binned = { of: shown, all, counts, most }
    return binned
  }

  function overview(
    canvas: Canvas,
    colours: Palette,
    {
      shown,
      all,
      view,
      band,
      width,
      left,
      ratio,
    }: Shape & { shown: Uint32Array; all: Span; view: Span; band?: Span | undefined },
  ): void {
    const height = 44
    const brush = start(canvas, width, height, ratio)
    const room = width - left
    const x = (at: number) => left + ((at - all.from) / (all.to - all.from)) * room
    brush.fillStyle = colours.panel
    brush.fillRect(left, 0, room, height)
    for (const [from, to] of data.silences) {
      const [start, end] = [Math.max(x(from - rows.base), left), Math.min(x(to - rows.base), width)]
      if (end > start) hatch(brush, colours, start, end, height)
    }
    const wide = 3
    const { counts, most } = bins(shown, all, Math.ceil(room / wide))
    // By logarithm: one row is seen beside a thousand. The gravest stand in front.
    for (const [place, count] of counts.entries()) {
      if (count === 0) continue
      const tall = 5 + (Math.log1p(count) / Math.log1p(most)) * (height - 10)
      brush.fillStyle = colours[data.weights[place % kinds]?.look ?? 'soft']
      brush.fillRect(left + Math.floor(place / kinds) * wide, height - tall, wide - 0.5, tall)
    }
    const [from, to] = [x(view.from), Math.max(x(view.to), x(view.from) + 2)]
    brush.globalAlpha = 0.65
    brush.fillStyle = colours.bg
    brush.fillRect(left, 0, from - left, height)
    brush.fillRect(to, 0, width - to, height)
    brush.globalAlpha = 1
    brush.strokeStyle = colours.focus
    brush.lineWidth = 2
    brush.strokeRect(from + (from <= left ? 1 : 0), 1, Math.max(to - from - 2, 2), height - 2)
    if (!band) return
    brush.globalAlpha = 0.3
    brush.fillStyle = colours.focus
    brush.fillRect(x(band.from), 0, x(band.to) - x(band.from), height)
    brush.globalAlpha = 1
  }

  return { axis, overview }
}
