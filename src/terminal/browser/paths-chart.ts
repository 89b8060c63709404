import type { chartGestures } from './chart-gestures.ts'
import type { ChartDocument, ChartElement } from './chart-dom.ts'
import type { PageKit } from './kit.ts'
import type { pathsColumns } from './paths-columns.ts'
import type { Drawn, pathsDrawing, Piece } from './paths-drawing.ts'
import type { Graph } from './paths-graph.ts'
import type { pathsKeys } from './paths-keys.ts'
import type { Box, Layout, pathsLayout } from './paths-layout.ts'
import type { pathsView } from './paths-view.ts'
import type { PathsWords } from './paths-words.ts'

/** Runs in the browser: shows a graph, and moves it about by hand and by keys. */
export function pathsChart(
  document: ChartDocument,
  kit: PageKit,
  words: PathsWords,
  columnsOf: typeof pathsColumns,
  layoutOf: typeof pathsLayout,
  viewOf: typeof pathsView,
  drawingOf: typeof pathsDrawing,
  gesturesOf: typeof chartGestures,
  keysOf: typeof pathsKeys,
  open: (piece: Piece) => void,
) {
  const [frame, moved, behind, front] = ['frame', 'moved', 'lines', 'pieces'].map((id) => kit.part(id) as ChartElement)
  if (!frame || !moved || !behind || !front) throw new Error('the page has no drawing')
  const [views, draw] = [viewOf(), drawingOf(document, kit, words)]
  let view = { x: 0, y: 0, scale: 1 }
  let layout: Layout | undefined
  let drawn: Drawn | undefined
  let current: ChartElement | undefined
  // Smaller than this nobody reads it; of a path one sees where it goes.
  const [legible, traceable] = [0.55, 0.35]
  const size = () => ({ width: frame.clientWidth, height: frame.clientHeight })

  /** Returns whether it is another one. */
  function look(wanted: typeof view): boolean {
    const next = layout ? views.within(wanted, layout, size()) : wanted
    const isNew = next.x !== view.x || next.y !== view.y || next.scale !== view.scale
    view = next
    moved?.style.setProperty('--zoom', String(view.scale))
    if (moved) moved.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`
    return isNew
  }

  // How small it may be that all is in sight, until somebody looks at a part.
  let fitted: number | undefined
  function move(wanted: typeof view): boolean {
    fitted = undefined
    return look(wanted)
  }
  const zoom = (factor: number, x = size().width / 2, y = size().height / 2) => move(views.zoom(view, factor, x, y))
  const pan = (right: number, down: number) => void move({ ...view, x: view.x - right, y: view.y - down })
  function fit(smallest = 0): void {
    fitted = smallest
    if (layout) look(views.fit(layout, size(), smallest))
  }
  const keys = keysOf(frame, () => drawn, {
    zoom: (factor) => void zoom(factor),
    pan,
    fit: () => fit(),
    show: ({ box }) => void look(views.showing(view, box, size())),
  })

  function pieceAt(x: number, y: number): Piece | undefined {
    const [at, down] = [(x - view.x) / view.scale, (y - view.y) / view.scale]
    const isIn = ({ left, top, width, height }: Box) =>
      at >= left && at <= left + width && down >= top && down <= top + height
    return drawn?.columns.flat().find(({ box }) => isIn(box))?.piece
  }

  gesturesOf(frame, {
    selects: () => false,
    zoom: (factor, x, y) => zoom(1 / factor, x, y),
    pan,
    selecting: () => {},
    hover(x, y) {
      frame.style.cursor = pieceAt(x, y) ? 'pointer' : 'grab'
    },
    click(x, y, isDouble) {
      const piece = pieceAt(x, y)
      if (isDouble && !piece) zoom(1.5, x, y)
      if (!piece || isDouble) return
      keys.enter(piece)?.element.focus({ preventScroll: true })
      open(piece)
    },
  })

  kit.part('in').addEventListener('click', () => zoom(1.25))
  kit.part('out').addEventListener('click', () => zoom(0.8))
  kit.part('fit').addEventListener('click', () => fit())
  return {
    show(graph: Graph) {
      const { heights, widths } = words.sizes(graph)
      layout = layoutOf(columnsOf(graph, heights), widths)
      behind.setAttribute('width', String(layout.width))
      drawn = draw(graph, layout, front, behind, open)
      keys.enter(drawn.columns[0]?.[0]?.piece)
      fit(legible)
    },
    /** Shows what is on a path, whole where that can be made out. */
    mark(steps: ReadonlySet<number> | undefined) {
      const box = drawn?.mark(steps)
      if (box) look(views.fit(box, size(), traceable))
    },
    resized() {
      if (fitted === undefined) look(view)
      else fit(fitted)
    },
    /** For paper, as much as there is on a page; and back. */
    print(isPrinting: boolean) {
      if (!layout) return
      const paper = { width: 680, height: 900 }
      const { x, scale } = views.fit(layout, paper)
      const height = Math.min(layout.height * scale + 40, paper.height)
      frame.style.height = isPrinting ? `${height}px` : ''
      const shown = isPrinting ? { x, y: 20 - layout.top * scale, scale } : view
      moved.style.transform = `translate(${shown.x}px, ${shown.y}px) scale(${shown.scale})`
    },
    /** Brings the piece into sight that the panel is about; without one, it is about none. */
    look(piece?: Piece) {
      const found = piece && drawn?.find(piece)
      current?.setAttribute('aria-current', 'false')
      current = found?.element
      current?.setAttribute('aria-current', 'true')
      if (found) look(views.showing(view, found.box, size()))
    },
  }
}
