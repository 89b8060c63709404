/** Consecutive places of a list, from `start` to before `end`. */
export type Range = { start: number; end: number }

/** The halves of a range of more than one place. */
export function halves({ start, end }: Range): Range[] {
  const middle = (start + end) >> 1
  return [
    { start, end: middle },
    { start: middle, end },
  ]
}

/** All of a list but some of its items, as few of the ranges that halving makes: for k items of n about k · log n. */
export function rangesWithout<Item>(list: readonly Item[], without: ReadonlySet<Item>): Range[] {
  const places = list.flatMap((item, place) => (without.has(item) ? place : []))
  const split = (range: Range, inside: readonly number[]): Range[] => {
    if (range.start === range.end) return []
    if (inside.length === 0) return [range]
    if (range.end - range.start === 1) return []
    return halves(range).flatMap((half) =>
      split(
        half,
        inside.filter((place) => place >= half.start && place < half.end),
      ),
    )
  }
  return split({ start: 0, end: list.length }, places)
}
