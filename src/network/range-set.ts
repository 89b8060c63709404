import type { Address, Family, Range } from './address.ts'

/** Many address ranges as one set: merged and sorted, so that a list of a hundred thousand CIDRs costs a binary search. */
export type RangeSet = { readonly [F in Family]: readonly Range[] }

export function rangeSet(ranges: readonly Range[]): RangeSet {
  return { 4: merged(ranges, 4), 6: merged(ranges, 6) }
}

export function contains(set: RangeSet, { family, value }: Address): boolean {
  const index = lastStartingBy(set[family], value)
  const found = index >= 0 ? set[family][index] : undefined
  return found !== undefined && value <= found.last
}

/** Whether all of the range, none of it, or a part is in the set. */
export function overlap(set: RangeSet, range: Range): 'all' | 'none' | 'part' {
  const ranges = set[range.family]
  const index = lastStartingBy(ranges, range.last)
  const found = index >= 0 ? ranges[index] : undefined
  if (!found || found.last < range.first) return 'none'
  return found.first <= range.first && range.last <= found.last ? 'all' : 'part'
}

/** The same addresses in as few ranges as there can be. */
export function mergedRanges(ranges: readonly Range[]): Range[] {
  const set = rangeSet(ranges)
  return [...set[4], ...set[6]]
}

/** What is in these ranges and in none of the others. */
export function without(ranges: readonly Range[], others: readonly Range[]): Range[] {
  const spared = rangeSet(others)
  const set = rangeSet(ranges)
  return ([4, 6] as const).flatMap((family) => set[family].flatMap((range) => gaps(range, spared[family])))
}

/** The parts of a range between others, which are sorted and do not overlap. */
function gaps(range: Range, others: readonly Range[]): Range[] {
  const found: Range[] = []
  let { first } = range
  for (let index = Math.max(0, lastStartingBy(others, first)); index < others.length; index += 1) {
    const other = others[index]
    if (!other || other.first > range.last) break
    if (other.last < first) continue
    if (other.first > first) found.push({ ...range, first, last: other.first - 1n })
    first = other.last + 1n
  }
  return first <= range.last ? [...found, { ...range, first }] : found
}

function merged(ranges: readonly Range[], family: Family): Range[] {
  const sorted = ranges.filter((range) => range.family === family).sort((a, b) => (a.first < b.first ? -1 : 1))
  const result: Range[] = []
  for (const range of sorted) {
    const previous = result.at(-1)
    if (previous && range.first <= previous.last + 1n) {
      if (range.last > previous.last) result[result.length - 1] = { ...previous, last: range.last }
    } else result.push(range)
  }
  return result
}

// The last range that starts at or before the value.
function lastStartingBy(ranges: readonly Range[], value: bigint): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (range && range.first <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
