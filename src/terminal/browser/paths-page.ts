import type { chartGestures } from './chart-gestures.ts'
import type { ChartDocument } from './chart-dom.ts'
import type { PageElement } from './dom.ts'
import type { pageKit } from './kit.ts'
import type { pathsChart } from './paths-chart.ts'
import type { pathsColumns } from './paths-columns.ts'
import type { PathsData } from './paths-data.ts'
import type { pathsDrawing, Piece } from './paths-drawing.ts'
import type { pathsFilters } from './paths-filters.ts'
import type { pathsFind } from './paths-find.ts'
import type { pathsGraph } from './paths-graph.ts'
import type { pathsKeys } from './paths-keys.ts'
import type { pathsLayout } from './paths-layout.ts'
import type { pathsList } from './paths-list.ts'
import type { pathsPanel } from './paths-panel.ts'
import type { pathsShortcuts } from './paths-shortcuts.ts'
import type { pathsView } from './paths-view.ts'
import type { pathsWords } from './paths-words.ts'

/** Runs in the browser: joins search, list, drawing and panel of the page that paths-html.ts makes. */
export function pathsPage(
  document: ChartDocument,
  data: PathsData,
  kitOf: typeof pageKit,
  findOf: typeof pathsFind,
  wordsOf: typeof pathsWords,
  graphOf: typeof pathsGraph,
  columnsOf: typeof pathsColumns,
  layoutOf: typeof pathsLayout,
  viewOf: typeof pathsView,
  drawingOf: typeof pathsDrawing,
  gesturesOf: typeof chartGestures,
  keysOf: typeof pathsKeys,
  chartOf: typeof pathsChart,
  listOf: typeof pathsList,
  panelOf: typeof pathsPanel,
  filtersOf: typeof pathsFilters,
  shortcutsOf: typeof pathsShortcuts,
): void {
  const mostDrawn = 1000
  const kit = kitOf(document)
  const { part } = kit
  const words = wordsOf(data)
  const [find, graphs] = [findOf(data), graphOf(data)]
  const [aside, work, each] = [part('panel'), part('work'), part('each')]
  const filters = filtersOf(document, kit, data, words, update)
  const chart = chartOf(document, kit, words, columnsOf, layoutOf, viewOf, drawingOf, gesturesOf, keysOf, open)
  const list = listOf(kit, data, words, part('list'), part('more'), choose)
  const panel = panelOf(document, kit, data, words, aside, { choose, open, close })
  let [shown, graph] = [[] as number[], graphs([], false)]
  let [isEach, isPiece] = [false, false]
  let chosen: number | undefined
  let opener: PageElement | null = null

  function update(): void {
    shown = find(filters.words(), filters.targets())
    const drawn = shown.slice(0, mostDrawn)
    graph = graphs(drawn, isEach)
    list.show(shown)
    chart.show(graph)
    const isThere = chosen !== undefined && shown.includes(chosen)
    // What it shows is no longer drawn.
    if (isPiece || !isThere) shut()
    select(isThere ? chosen : undefined)
    const undrawn = shown.length - drawn.length
    const cut = undrawn > 0 ? `; ${words.number(undrawn)} of them are not drawn: search for them` : ''
    part('count').textContent = `${words.number(shown.length)} of ${words.number(data.paths.length)} paths${cut}`
  }

  function stepsOf(path: number): number[] {
    const { hops = [], links = [] } = data.paths[path] ?? {}
    return [...hops.map(({ hop }) => data.hops[hop]?.step ?? -1), ...links]
  }

  function select(path: number | undefined): void {
    chosen = path
    list.mark(path)
    chart.mark(path === undefined ? undefined : new Set(stepsOf(path)))
  }

  function opening(ofPiece: boolean): void {
    isPiece = ofPiece
    if (aside.hidden) opener = document.activeElement
    work.className = 'work open'
    chart.resized()
  }

  function choose(path: number): void {
    opening(false)
    chart.look()
    panel.path(path)
    select(path)
  }

  function open(piece: Piece): void {
    opening(true)
    const pill = piece.kind === 'pill' ? graph.pills[piece.at] : undefined
    const its = new Set(
      pill?.steps ?? graph.pills.flatMap(({ steps, from, to }) => ([...from, to].includes(piece.at) ? steps : [])),
    )
    const paths = shown.filter((path) => stepsOf(path).some((step) => its.has(step)))
    const hops = new Set(paths.flatMap((path) => data.paths[path]?.hops ?? []).map(({ hop }) => hop))
    if (pill)
      panel.pill(
        graph,
        piece.at,
        [...hops].filter((hop) => its.has(data.hops[hop]?.step ?? -1)),
        paths,
      )
    else panel.card(graph, piece.at, paths)
    chart.look(piece)
  }

  function shut(): void {
    if (aside.hidden) return
    aside.hidden = true
    work.className = 'work'
    chart.look()
    chart.resized()
  }

  function close(): void {
    shut()
    opener?.focus()
  }

  function escape(): void {
    if (!aside.hidden) return close()
    if (chosen !== undefined) return select(undefined)
    filters.clear()
  }

  function print(isPrinting: boolean): void {
    // Nobody scrolls on paper.
    if (isPrinting) list.addUpTo(mostDrawn)
    chart.print(isPrinting)
  }

  each.addEventListener('click', () => {
    isEach = !isEach
    each.setAttribute('aria-pressed', String(isEach))
    update()
  })
  shortcutsOf(document, kit, { escape, print, resized: chart.resized })
  update()
}
