import * as fc from 'fast-check'

/** Random choices, all by one fast-check generator: the same seed draws the same. */
export type Draw = {
  pick<T>(list: readonly T[]): T
  /** True in so many of a hundred cases. */
  chance(percent: number): boolean
  count(min: number, max: number): number
  some<T>(list: readonly T[], min: number, max: number): T[]
}

export function drawFrom(seed: number): Draw {
  const [next] = fc.sample(fc.gen(), { seed, numRuns: 1 })
  if (!next) throw new Error('fast-check sampled nothing')
  // Without its bias to the ends of a range, which is meant for finding overflows.
  const even = (min: number, max: number) => fc.noBias(fc.integer({ min, max }))
  const count = (min: number, max: number): number => next(even, min, max)
  const pick = <T>(list: readonly T[]): T => list[count(0, list.length - 1)] as T
  return {
    pick,
    count,
    chance: (percent) => count(0, 99) < percent,
    some: (list, min, max) => Array.from({ length: count(min, max) }, () => pick(list)),
  }
}
