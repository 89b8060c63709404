import type { ChartDocument, ChartElement } from './chart-dom.ts'
import type { PageKit } from './kit.ts'
import type { Graph, Pill } from './paths-graph.ts'
import type { Box, Layout } from './paths-layout.ts'
import type { PathsWords } from './paths-words.ts'

/** What can be chosen in the drawing. */
export type Piece = { kind: 'card' | 'pill'; at: number }
export type Placed = { piece: Piece; box: Box; element: ChartElement }
export type Drawn = {
  /** From the left, each from the top. */
  columns: Placed[][]
  find(piece: Piece): Placed | undefined
  /** What a piece comes from, or leads to. */
  beside(piece: Piece, side: 'left' | 'right'): Placed[]
  /** Shows what is on a path, with the rest behind it; without one, all alike. */
  mark(steps: ReadonlySet<number> | undefined): Box | undefined
}

/** Runs in the browser: makes the elements of a drawing. Cards and pills are buttons, lines are behind them. */
export function pathsDrawing(document: ChartDocument, { element, button }: PageKit, words: PathsWords) {
  function isDashed({ waits, unsure, hops, rule }: Pill): boolean {
    return rule === undefined || (hops > 0 && Math.max(waits, unsure) === hops)
  }

  function make(piece: Piece, box: Box, graph: Graph, open: () => void): ChartElement {
    const [card, pill] = piece.kind === 'card' ? [graph.cards[piece.at]] : [undefined, graph.pills[piece.at]]
    const made = button('', open) as ChartElement
    if (card) {
      const { name, more, about } = words.card(card)
      made.className = `card${card.isStart ? ' start' : ''}${card.isTarget ? ' target' : ''}${card.nodes.length > 1 ? ' many' : ''}`
      made.append(element('span', 'about', about), element('span', 'name', name))
      if (more !== '') made.append(element('span', 'about', more))
      made.title = words.cardName(card)
      made.setAttribute('aria-label', `${made.title}, ${about}`)
    }
    if (pill) {
      const { rule, title, ends } = words.pill(graph, pill)
      const marks = words.marks(pill)
      made.className = `pill${isDashed(pill) ? ' dashed' : ''}${pill.cut > 0 ? ' cut' : ''}`
      made.append(element('span', 'rule', rule))
      if (marks.length > 0) made.append(element('span', 'about', marks.join(' · ')))
      made.title = `${title}: ${ends}`
      made.setAttribute('aria-label', [rule, ends, ...marks, title].join(', '))
    }
    for (const side of ['left', 'top', 'width', 'height'] as const) made.style[side] = `${box[side]}px`
    made.tabIndex = -1
    return made
  }

  function lineOf(graph: Graph, { line, d }: Layout['lines'][number]): ChartElement {
    const pill = graph.pills[line.pill]
    const made = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    made.setAttribute('d', d)
    made.setAttribute('class', pill && isDashed(pill) ? 'line dashed' : 'line')
    return made
  }

  return (
    graph: Graph,
    layout: Layout,
    into: ChartElement,
    behind: ChartElement,
    open: (piece: Piece) => void,
  ): Drawn => {
    const place = (kind: Piece['kind'], boxes: Map<number, Box>): Placed[] =>
      [...boxes].map(([at, box]) => {
        const piece = { kind, at }
        return { piece, box, element: make(piece, box, graph, () => open(piece)) }
      })
    const all = [...place('card', layout.cards), ...place('pill', layout.pills)]
    all.sort((a, b) => a.box.left - b.box.left || a.box.top - b.box.top)
    const lines = layout.lines.map((one) => ({ pill: one.line.pill, element: lineOf(graph, one) }))
    behind.replaceChildren(...lines.map(({ element }) => element))
    into.replaceChildren(...all.map(({ element }) => element))
    const known = new Map(all.map((one) => [`${one.piece.kind} ${one.piece.at}`, one]))

    function mark(steps: ReadonlySet<number> | undefined): Box | undefined {
      const isOn = graph.pills.map((pill) => pill.steps.some((step) => steps?.has(step) === true))
      const cards = new Set(graph.pills.flatMap(({ from, to }, at) => (isOn[at] ? [...from, to] : [])))
      const look = (on: boolean | undefined) => (steps === undefined ? '' : on ? 'on' : 'off')
      const on = all.filter(({ piece: { kind, at } }) => (kind === 'pill' ? isOn[at] : cards.has(at)))
      for (const { element } of all) element.setAttribute('data-path', look(false))
      for (const { element } of on) element.setAttribute('data-path', look(true))
      for (const { pill, element } of lines) element.setAttribute('data-path', look(isOn[pill]))
      if (on.length === 0) return undefined
      const ends = on.map(({ box }) => box)
      const [left, top] = [Math.min(...ends.map(({ left }) => left)), Math.min(...ends.map(({ top }) => top))]
      const right = Math.max(...ends.map(({ left, width }) => left + width))
      const bottom = Math.max(...ends.map(({ top, height }) => top + height))
      return { left, top, width: right - left, height: bottom - top }
    }

    const find = ({ kind, at }: Piece) => known.get(`${kind} ${at}`)
    function beside({ kind, at }: Piece, side: 'left' | 'right'): Placed[] {
      const pill = kind === 'pill' ? graph.pills[at] : undefined
      const cards = pill && (side === 'left' ? pill.from : [pill.to])
      if (cards) return cards.flatMap((card) => find({ kind: 'card', at: card }) ?? [])
      return graph.pills.flatMap(({ from, to }, pill) => {
        const isBeside = side === 'left' ? to === at : from.includes(at)
        return isBeside ? (find({ kind: 'pill', at: pill }) ?? []) : []
      })
    }

    return {
      columns: [...Map.groupBy(all, ({ box }) => box.left).values()],
      find,
      beside,
      mark,
    }
  }
}
