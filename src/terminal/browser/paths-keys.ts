import type { ChartElement } from './chart-dom.ts'
import type { Drawn, Piece, Placed } from './paths-drawing.ts'

/** Runs in the browser: the drawing by keys. Arrows go from piece to piece, with Shift they pan; + and − zoom, 0 fits all. */
export function pathsKeys(
  element: ChartElement,
  drawn: () => Drawn | undefined,
  moves: { zoom(factor: number): void; pan(right: number, down: number): void; fit(): void; show(piece: Placed): void },
) {
  let at: Piece | undefined

  /** Where Tab leads, and what keys start from. */
  function enter(piece: Piece | undefined): Placed | undefined {
    const [old, now] = [at, piece].map((one) => one && drawn()?.find(one))
    if (old) old.element.tabIndex = -1
    if (now) {
      now.element.tabIndex = 0
      at = piece
    }
    return now
  }

  function go(placed: Placed | undefined): void {
    if (!placed) return
    enter(placed.piece)?.element.focus({ preventScroll: true })
    moves.show(placed)
  }

  const middle = ({ box }: Placed) => box.top + box.height / 2
  function step(by: 'up' | 'down' | 'left' | 'right'): void {
    const columns = drawn()?.columns ?? []
    const from = at && drawn()?.find(at)
    if (!from) return go(columns[0]?.[0])
    const column = columns.findIndex((some) => some.includes(from))
    const place = columns[column]?.indexOf(from) ?? 0
    if (by === 'up' || by === 'down') return go(columns[column]?.[place + (by === 'up' ? -1 : 1)])
    const beside = columns[column + (by === 'left' ? -1 : 1)] ?? []
    const linked = drawn()?.beside(from.piece, by) ?? []
    const near = linked.length > 0 ? linked : beside
    go(near.toSorted((a, b) => Math.abs(middle(a) - middle(from)) - Math.abs(middle(b) - middle(from)))[0])
  }

  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const far = 120
    const acts: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? moves.pan(-far, 0) : step('left')),
      ArrowRight: () => (event.shiftKey ? moves.pan(far, 0) : step('right')),
      ArrowUp: () => (event.shiftKey ? moves.pan(0, -far) : step('up')),
      ArrowDown: () => (event.shiftKey ? moves.pan(0, far) : step('down')),
      '+': () => moves.zoom(1.25),
      '=': () => moves.zoom(1.25),
      '-': () => moves.zoom(0.8),
      '−': () => moves.zoom(0.8),
      0: moves.fit,
      Home: moves.fit,
    }
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined
    if (!act) return
    event.preventDefault()
    act()
  })
  return { enter, go }
}
