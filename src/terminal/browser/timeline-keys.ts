import type { ChartElement } from './chart-dom.ts'
import type { timelineChart, TimelineState } from './timeline-chart.ts'
import type { Lane, timelineLanes } from './timeline-lanes.ts'
import type { timelineMoves } from './timeline-moves.ts'
import type { TimelineRows } from './timeline-rows.ts'

/** Runs in the browser: the drawing by keys. Arrows pan and change lanes, + and − zoom, N and P go from mark to mark. */
export function timelineKeys(
  element: ChartElement,
  state: TimelineState,
  rows: TimelineRows,
  chart: ReturnType<typeof timelineChart>,
  clustering: ReturnType<typeof timelineLanes>,
  moves: ReturnType<typeof timelineMoves>,
  told: { open(some: Uint32Array): void; say(some: Uint32Array): void },
): void {
  const { more } = chart

  function timeOf(lane: Lane, cluster: number): number {
    return rows.at[lane.rows[chart.clusters(lane)[cluster] ?? 0] ?? 0] ?? 0
  }

  function rowsOf(lane: Lane, cluster: number): Uint32Array {
    const starts = chart.clusters(lane)
    return lane.rows.subarray(starts[cluster], starts[cluster + 1] ?? lane.rows.length)
  }

  /** The cursor, if it still stands on something that is there. */
  function cursor(): { lane: Lane; cluster: number } | undefined {
    const { cursor: old } = more
    return old && state.lanes.includes(old.lane) && old.cluster < chart.clusters(old.lane).length ? old : undefined
  }

  function move(lane: Lane, cluster: number): void {
    more.cursor = { lane, cluster }
    const at = timeOf(lane, cluster)
    const { from, to } = state.view
    if (at < from || at > to) moves.centre(at)
    chart.scrollTo(lane)
    told.say(rowsOf(lane, cluster))
    chart.draw()
  }

  function step(by: number): void {
    const old = cursor()
    const lane = old?.lane ?? state.lanes.find(({ rows }) => rows.length > 0)
    if (!lane) return
    const starts = chart.clusters(lane)
    const next = old ? old.cluster + by : clustering.clusterFrom(lane, starts, state.view.from)
    move(lane, Math.min(Math.max(next, 0), starts.length - 1))
  }

  function change(by: number): void {
    const lanes = state.lanes.filter(({ rows }) => rows.length > 0)
    const old = cursor()
    if (!old) return step(0)
    const lane = lanes[lanes.indexOf(old.lane) + by]
    if (!lane) return
    const starts = chart.clusters(lane)
    const found = clustering.clusterFrom(lane, starts, timeOf(old.lane, old.cluster))
    move(lane, Math.min(found, starts.length - 1))
  }

  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const acts: Record<string, () => void> = {
      ArrowLeft: () => moves.panPart(event.shiftKey ? -0.5 : -0.1),
      ArrowRight: () => moves.panPart(event.shiftKey ? 0.5 : 0.1),
      ArrowUp: () => change(-1),
      ArrowDown: () => change(1),
      '+': () => moves.zoom(0.5),
      '=': () => moves.zoom(0.5),
      '-': () => moves.zoom(2),
      '−': () => moves.zoom(2),
      Home: () => moves.fit(state.shown),
      0: () => moves.fit(state.shown),
      n: () => step(1),
      p: () => step(-1),
      Enter: () => {
        const at = cursor()
        if (at) told.open(rowsOf(at.lane, at.cluster))
      },
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const act = Object.hasOwn(acts, key) ? acts[key] : undefined
    if (!act) return
    event.preventDefault()
    act()
  })
}
