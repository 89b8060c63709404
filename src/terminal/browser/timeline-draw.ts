import type { Span, TimelineData } from './timeline-data.ts'
import type { timelineBrush } from './timeline-brush.ts'
import type { Brush, Canvas } from './chart-dom.ts'
import type { Lane, timelineLanes } from './timeline-lanes.ts'
import type { Palette, timelineMarks } from './timeline-marks.ts'
import type { TimelineRows } from './timeline-rows.ts'

/** Where a mark or cluster stands on the canvas of the lanes: rows `start` to `end` of a lane. */
export type Hit = {
  lane: Lane
  cluster: number
  start: number
  end: number
  left: number
  right: number
  top: number
  bottom: number
}

/** What the canvas of the lanes shows: of `width` pixels time has those right of `left`. */
export type Scene = {
  view: Span
  width: number
  height: number
  left: number
  ratio: number
  /** Lanes in sight, with their middles and heights. */
  lanes: { lane: Lane; top: number; height: number; middle: number }[]
  cursor?: { lane: Lane; cluster: number } | undefined
  chosen?: number | undefined
  /** A stretch that is being selected. */
  band?: Span | undefined
}

/** Runs in the browser: draws the lanes. */
export function timelineDraw(
  data: TimelineData,
  rows: TimelineRows,
  clustering: ReturnType<typeof timelineLanes>,
  marks: ReturnType<typeof timelineMarks>,
  { start, hatch, bar }: ReturnType<typeof timelineBrush>,
) {
  /** Marks closer together than this are one. */
  const gap = 38

  function silences(brush: Brush, colours: Palette, x: (at: number) => number, { left, width, height }: Scene): void {
    for (const [from, to] of data.silences) {
      const [start, end] = [Math.max(x(from - rows.base), left), Math.min(x(to - rows.base), width)]
      if (end > start) hatch(brush, colours, start, Math.max(end, start + 1), height)
    }
  }

  /** Returns where the marks are. */
  function lanes(canvas: Canvas, colours: Palette, scene: Scene): Hit[] {
    const { view, width, height, left, cursor, chosen, band } = scene
    const brush = start(canvas, width, height, scene.ratio)
    const perPx = (view.to - view.from) / (width - left)
    const x = (at: number) => left + (at - view.from) / perPx
    const clamp = (px: number) => Math.max(left - 20, Math.min(px, width + 20))
    brush.clearRect(0, 0, width, height)
    silences(brush, colours, x, scene)
    const hits: Hit[] = []
    for (const { lane, top, height, middle } of scene.lanes) {
      brush.fillStyle = colours.line
      brush.fillRect(0, top + height - 1, width, 1)
      for (const row of lane.long) {
        const [from, to] = [x(rows.at[row] ?? 0), x(rows.end[row] ?? 0)]
        const colour = colours[data.weights[rows.weight[row] ?? 0]?.look ?? 'soft']
        if (to > left && from < width && to - from > 6) bar(brush, colour, clamp(from), clamp(to), middle, false)
      }
      const starts = clustering.clusters(lane, gap * perPx)
      const first = Math.max(clustering.clusterFrom(lane, starts, view.from) - 1, 0)
      for (let cluster = first; cluster < starts.length; cluster += 1) {
        const begin = starts[cluster] ?? 0
        const end = starts[cluster + 1] ?? lane.rows.length
        const from = x(rows.at[lane.rows[begin] ?? 0] ?? 0)
        if (from > width + 20) break
        let [weight, low, high, count, isChosen] = [0, Infinity, -Infinity, 0, false]
        for (let place = begin; place < end; place += 1) {
          const row = lane.rows[place] ?? 0
          const [at, unsure] = [rows.at[row] ?? 0, rows.unsure[row] ?? 0]
          weight = Math.max(weight, rows.weight[row] ?? 0)
          if (unsure > 0) {
            low = Math.min(low, at - unsure)
            high = Math.max(high, at + unsure)
          }
          count += data.rows.count[row] ?? 1
          isChosen ||= row === chosen
        }
        const isOne = end - begin === 1
        const [unsureFrom, unsureTo] = [x(low), x(high)]
        const box = isOne ? { left: from - 10, right: from + 10 } : { left: from - 6, right: from + 28 }
        const colour = colours[data.weights[weight]?.look ?? 'soft']
        if (unsureFrom < box.left || unsureTo > box.right)
          bar(brush, colour, clamp(unsureFrom), clamp(unsureTo), middle, true)
        if (isOne) marks.mark(brush, colours, from, middle, rows.kind[lane.rows[begin] ?? 0] ?? 0, weight)
        else marks.cluster(brush, colours, { x: box.left, y: middle, width: 34, height: 20, count, weight })
        hits.push({ lane, cluster, start: begin, end, ...box, top: middle - 14, bottom: middle + 14 })
        if (isChosen || (cursor?.lane === lane && cursor.cluster === cluster)) {
          brush.strokeStyle = colours.focus
          brush.lineWidth = 3
          brush.setLineDash(isChosen ? [] : [4, 3])
          brush.beginPath()
          brush.roundRect(box.left - 3, middle - 14, box.right - box.left + 6, 28, 6)
          brush.stroke()
          brush.setLineDash([])
        }
      }
    }
    if (band) {
      brush.globalAlpha = 0.25
      brush.fillStyle = colours.focus
      brush.fillRect(x(band.from), 0, x(band.to) - x(band.from), height)
      brush.globalAlpha = 1
    }
    // Marks at the edge must not stand among the names.
    brush.fillStyle = colours.bg
    brush.fillRect(0, 0, left, height)
    return hits
  }

  return { gap, lanes }
}
