import type { ChartElement } from './chart-dom.ts'
import type { Span } from './timeline-data.ts'
import type { timelineChart, TimelineState } from './timeline-chart.ts'
import type { TimelineRows } from './timeline-rows.ts'
import type { timelineScale } from './timeline-scale.ts'
import type { timelineTime } from './timeline-time.ts'

/** Runs in the browser: changes the stretch of time that is looked at, and says which it is. */
export function timelineMoves(
  range: ChartElement,
  rows: TimelineRows,
  time: ReturnType<typeof timelineTime>,
  scale: ReturnType<typeof timelineScale>,
  state: TimelineState,
  chart: ReturnType<typeof timelineChart>,
  moved: () => void,
) {
  function say(): void {
    const { from, to } = state.view
    const [start, end] = [from, to].map((at) => time.near(rows.base + at, to - from))
    range.textContent = rows.timed === 0 ? '' : `${start} to ${end} UTC (${time.duration(to - from)})`
  }

  /** Returns whether it is another one. */
  function look(wanted: Span): boolean {
    const view = scale.within(wanted, state.all)
    if (view.from === state.view.from && view.to === state.view.to) return false
    state.view = view
    say()
    chart.draw()
    moved()
    return true
  }

  const middle = () => (state.view.from + state.view.to) / 2
  const pan = (by: number) => look(scale.pan(state.view, state.all, by))
  say()
  return {
    look,
    pan,
    zoom: (factor: number, at = middle()) => look(scale.zoom(state.view, state.all, factor, at)),
    panPart: (share: number) => pan(share * (state.view.to - state.view.from)),
    centre: (at: number) => pan(at - middle()),
    /** All of some rows. */
    fit(some: Uint32Array) {
      const span = rows.spanOf(some)
      if (span) look(scale.around(span))
    },
  }
}
