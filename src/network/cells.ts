import { type Address, type Family, type Range, wholeRange } from './address.ts'
import type { RangeSet } from './range-set.ts'

/** The address space, cut wherever a policy's address block begins or ends: within a cell no policy tells addresses apart. */
export class Cells {
  readonly #starts: { [F in Family]: bigint[] }

  constructor(sets: readonly RangeSet[], more: readonly Range[]) {
    this.#starts = { 4: startsOf(sets, more, 4), 6: startsOf(sets, more, 6) }
  }

  /** Equal for two addresses of one cell, and for no others. */
  indexOf({ family, value }: Address): string {
    const starts = this.#starts[family]
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0n) <= value) low = middle + 1
      else high = middle
    }
    return `${family}.${low - 1}`
  }

  ranges(family: Family): Range[] {
    const starts = this.#starts[family]
    const { last } = wholeRange(family)
    return starts.map((first, index) => ({ family, first, last: (starts[index + 1] ?? last + 1n) - 1n }))
  }
}

function startsOf(sets: readonly RangeSet[], more: readonly Range[], family: Family): bigint[] {
  const ranges = [...sets.flatMap((set) => set[family]), ...more.filter((range) => range.family === family)]
  const { last } = wholeRange(family)
  const starts = new Set([0n, ...ranges.flatMap((range) => [range.first, range.last + 1n])])
  return [...starts].filter((start) => start <= last).sort((a, b) => (a < b ? -1 : 1))
}
