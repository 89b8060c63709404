import type { Columns, Item, Line } from './paths-columns.ts'

export type Box = { left: number; top: number; width: number; height: number }
export type Layout = Box & { cards: Map<number, Box>; pills: Map<number, Box>; lines: { line: Line; d: string }[] }

/** Runs in the browser: orders the columns so that few lines cross, gives each item its height and each line its way. Pure. */
export function pathsLayout(
  { columns, lines }: Columns,
  widths: { card: number; pills: number[]; gap: number },
): Layout {
  const [across, between] = [48, 14]
  const mean = (values: number[], or: number) =>
    values.length === 0 ? or : values.reduce((sum, value) => sum + value, 0) / values.length

  /** Orders by where the neighbours on one side stand; what has none keeps its place. */
  function order(column: Item[], side: 'left' | 'right'): void {
    const wanted = new Map(
      column.map((item) => [
        item,
        mean(
          item[side].map(({ y }) => y),
          item.y,
        ),
      ]),
    )
    column.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0))
    for (const [place, item] of column.entries()) item.y = place
  }

  /** As near to where each wants to be as the order and the room between them let: what is too close moves as one. */
  function settle(column: Item[], wish: (item: Item) => number): void {
    const blocks: { items: Item[]; sum: number; height: number }[] = []
    const topOf = ({ items, sum }: (typeof blocks)[number]) => sum / items.length
    for (const item of column) {
      let block: (typeof blocks)[number] = {
        items: [item],
        sum: wish(item) - item.height / 2,
        height: item.height + between,
      }
      for (let above = blocks.at(-1); above && topOf(above) + above.height > topOf(block); above = blocks.at(-1)) {
        blocks.pop()
        above.sum += block.sum - above.height * block.items.length
        above.height += block.height
        above.items.push(...block.items)
        block = above
      }
      blocks.push(block)
    }
    for (const block of blocks) {
      let top = topOf(block)
      for (const item of block.items) {
        item.y = top + item.height / 2
        top += item.height + between
      }
    }
  }

  for (const column of columns) for (const [place, item] of column.entries()) item.y = place
  const [rightwards, leftwards] = [columns.slice(1), columns.slice(0, -1).toReversed()]
  for (let sweep = 0; sweep < 6; sweep += 1) {
    for (const column of rightwards) order(column, 'left')
    for (const column of leftwards) order(column, 'right')
  }
  for (const column of columns) settle(column, () => 0)
  for (let sweep = 0; sweep < 6; sweep += 1) {
    for (const column of rightwards)
      settle(column, (item) =>
        mean(
          item.left.map(({ y }) => y),
          item.y,
        ),
      )
    for (const column of leftwards)
      settle(column, (item) =>
        mean(
          item.right.map(({ y }) => y),
          item.y,
        ),
      )
  }

  const lefts: number[] = []
  let width = 0
  const columnWidths = columns.map((column, at) => {
    return at % 2 === 0 ? widths.card : Math.max(0, ...column.map(({ pill }) => widths.pills[pill ?? -1] ?? 0))
  })
  const widthOf = (column: number) => columnWidths[column] ?? 0
  for (const column of columns.keys()) {
    lefts.push(width)
    width += widthOf(column) + widths.gap
  }
  const items = columns.flat()
  const top = Math.min(0, ...items.map(({ y, height }) => y - height / 2))
  const bottom = Math.max(0, ...items.map(({ y, height }) => y + height / 2))
  const boxOf = ({ column, y, height }: Item): Box => {
    return { left: lefts[column] ?? 0, top: y - height / 2, width: widthOf(column), height }
  }

  /** From the right of each to the left of the next, with an arrow to a card; what leads back goes round. */
  function wayOf({ via, isIn }: Line): string {
    const [first, ...rest] = via
    if (!first) return ''
    let [x, y] = [(lefts[first.column] ?? 0) + widthOf(first.column), first.y]
    let d = `M${x} ${y}`
    for (const [index, item] of rest.entries()) {
      const left = lefts[item.column] ?? 0
      const bend = left > x ? (left - x) / 2 : across
      d += `C${x + bend} ${y} ${left - bend} ${item.y} ${left} ${item.y}`
      ;[x, y] = [left + widthOf(item.column), item.y]
      if (index < rest.length - 1) d += `H${x}`
    }
    return isIn ? d : `${d}m-7 -5l7 5l-7 5`
  }

  return {
    left: 0,
    top,
    width: Math.max(width - widths.gap, 0),
    height: bottom - top,
    cards: new Map(items.flatMap((item) => (item.card === undefined ? [] : [[item.card, boxOf(item)] as const]))),
    pills: new Map(items.flatMap((item) => (item.pill === undefined ? [] : [[item.pill, boxOf(item)] as const]))),
    lines: lines.map((line) => ({ line, d: wayOf(line) })),
  }
}
