import type { Graph } from './paths-graph.ts'

/** What stands in a column: a card, a pill, or a line that passes by, at a height that is worked out. */
export type Item = {
  column: number
  height: number
  y: number
  card?: number
  pill?: number
  /** In the columns beside. */
  left: Item[]
  right: Item[]
}
/** A line from one item to another, by way of those that it passes. */
export type Line = { pill: number; card: number; isIn: boolean; via: Item[] }
export type Columns = { columns: Item[][]; lines: Line[] }

/** Runs in the browser: which column each card and pill stands in, by its hops from the left, and what lines pass on the way. Pure. */
export function pathsColumns(graph: Graph, heights: { cards: number[]; pill: number; line: number }): Columns {
  const { cards, pills } = graph
  const out = cards.map((): number[] => [])
  for (const [pill, { from }] of pills.entries()) for (const card of from) out[card]?.push(pill)

  /** Those that lead back to where one came from: without them there is an order. */
  function backwards(): Set<number> {
    const found = new Set<number>()
    const state = cards.map(() => 0)
    for (const root of cards.keys()) {
      const open = [{ card: root, next: 0 }]
      if (state[root] === 0) state[root] = 1
      else open.pop()
      for (let top = open.at(-1); top; top = open.at(-1)) {
        const pill = out[top.card]?.[top.next]
        top.next += 1
        if (pill === undefined) {
          state[top.card] = 2
          open.pop()
          continue
        }
        const to = pills[pill]?.to ?? 0
        if (state[to] === 1) found.add(pill)
        if (state[to] !== 0) continue
        state[to] = 1
        open.push({ card: to, next: 0 })
      }
    }
    return found
  }

  /** The most hops from the left; targets that lead no further stand at the right. */
  function ranks(): number[] {
    const back = backwards()
    const found = cards.map(() => 0)
    const waiting = cards.map(() => 0)
    const forward = [...pills.keys()].filter((pill) => !back.has(pill))
    for (const pill of forward) {
      const { from, to } = pills[pill] ?? { from: [], to: 0 }
      waiting[to] = (waiting[to] ?? 0) + from.length
    }
    const open = [...cards.keys()].filter((card) => waiting[card] === 0)
    for (let card = open.pop(); card !== undefined; card = open.pop()) {
      for (const pill of out[card] ?? []) {
        if (back.has(pill)) continue
        const { to } = pills[pill] ?? { to: 0 }
        found[to] = Math.max(found[to] ?? 0, (found[card] ?? 0) + 1)
        waiting[to] = (waiting[to] ?? 0) - 1
        if (waiting[to] === 0) open.push(to)
      }
    }
    const last = Math.max(0, ...found)
    return found.map((rank, card) => (cards[card]?.isTarget && out[card]?.length === 0 ? last : rank))
  }

  const rank = ranks()
  const columns: Item[][] = []
  const put = (item: Omit<Item, 'y' | 'left' | 'right'>): Item => {
    const made = { ...item, y: 0, left: [], right: [] }
    while (columns.length <= item.column) columns.push([])
    columns[item.column]?.push(made)
    return made
  }
  const cardItems = cards.map((_, card) =>
    put({ column: (rank[card] ?? 0) * 2, height: heights.cards[card] ?? 0, card }),
  )
  const passing = new Map<string, Item>()

  function join(one: Item, other: Item): void {
    if (one.right.includes(other)) return
    one.right.push(other)
    other.left.push(one)
  }

  /** Lines from or to the same card pass the columns between as one. */
  function route(from: Item, to: Item, key: string): Item[] {
    const found = [from]
    for (let column = from.column + 1; column < to.column; column += 1) {
      const at = `${key} ${column}`
      const item = passing.get(at) ?? put({ column, height: heights.line })
      passing.set(at, item)
      found.push(item)
    }
    found.push(to)
    for (const [index, item] of found.entries()) {
      const next = found[index + 1]
      if (next && next.column === item.column + 1) join(item, next)
    }
    return found
  }

  const lines: Line[] = []
  for (const [pill, { from, to }] of pills.entries()) {
    const column = Math.max(...from.map((card) => rank[card] ?? 0)) * 2 + 1
    const item = put({ column, height: heights.pill, pill })
    for (const card of from) {
      const start = cardItems[card]
      if (start) lines.push({ pill, card, isIn: true, via: route(start, item, `from ${card}`) })
    }
    const end = cardItems[to]
    if (end) lines.push({ pill, card: to, isIn: false, via: route(item, end, `to ${to}`) })
  }
  return { columns, lines }
}
