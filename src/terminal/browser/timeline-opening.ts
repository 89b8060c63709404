import type { PageElement } from './dom.ts'
import type { TimelineData } from './timeline-data.ts'
import type { ChartDocument, ChartElement } from './chart-dom.ts'
import type { PageKit } from './kit.ts'
import type { timelineChart, TimelineState } from './timeline-chart.ts'
import type { timelineList } from './timeline-list.ts'
import type { timelineMoves } from './timeline-moves.ts'
import type { timelinePanel } from './timeline-panel.ts'
import type { TimelineRows } from './timeline-rows.ts'
import type { timelineTime } from './timeline-time.ts'

/** Runs in the browser: opens rows in the panel, from the drawing or the table, and marks them in both. */
export function timelineOpening(
  document: ChartDocument,
  kit: PageKit,
  data: TimelineData,
  part: (id: string) => ChartElement,
  rows: TimelineRows,
  time: ReturnType<typeof timelineTime>,
  state: TimelineState,
  chart: ReturnType<typeof timelineChart>,
  moves: ReturnType<typeof timelineMoves>,
  panelOf: typeof timelinePanel,
  listOf: typeof timelineList,
) {
  const { more } = chart
  const [aside, work, told] = [part('panel'), part('work'), part('told')]
  let opener: PageElement | null = null
  const list = listOf(kit, rows, part('table'), part('more'), choose)
  const panel = panelOf(document, kit, data, rows, time, aside, {
    choose,
    step(row, by) {
      const place = state.shown.indexOf(row)
      const next = place < 0 ? undefined : state.shown[place + by]
      if (next !== undefined) choose(next)
    },
    zoomTo: (some) => moves.fit(some),
    close,
  })

  function show(row: number): void {
    if (aside.hidden) opener = document.activeElement
    more.chosen = row
    list.mark(row)
    work.className = 'work open'
    chart.draw()
  }

  function choose(row: number): void {
    show(row)
    const at = rows.at[row] ?? 0
    if (row < rows.timed && (at < state.view.from || at > state.view.to)) moves.centre(at)
    panel.row(row)
  }

  function open(some: Uint32Array): void {
    if (some.length === 1) return choose(some[0] ?? 0)
    show(-1)
    panel.cluster(some)
  }

  function close(): void {
    aside.hidden = true
    work.className = 'work'
    more.chosen = undefined
    list.mark(-1)
    opener?.focus()
    chart.draw()
  }

  /** The line below the drawing: what is under the pointer or the cursor. */
  function say(some: Uint32Array): void {
    const { time, actor, what, target, outcome, weight } = rows.textsOf(some[0] ?? 0)
    const cut = (text: string) => (text.length > 120 ? `${text.slice(0, 120)}…` : text)
    const one = [time.replace('T', ' ').replace('Z', ''), ...[actor, what, target].map(cut), outcome, weight].join(
      ' · ',
    )
    told.textContent = some.length === 1 ? one : `${some.length.toLocaleString('en')} rows, the first: ${one}`
  }

  return { list, open, close, say, isOpen: () => !aside.hidden }
}
