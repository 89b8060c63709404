import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hittingSet } from '../../../src/attack/cut-hitting.ts'

const numbers = 9
const drawnSets = fc.array(fc.uniqueArray(fc.nat({ max: numbers - 1 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 12,
})

test('hits every set with as few as can be', () => {
  fc.assert(
    fc.property(drawnSets, (drawn) => {
      const sets = drawn.map((each) => new Set(each))
      const { chosen, isSmallest } = hittingSet(sets)
      expect(sets.every((set) => !set.isDisjointFrom(chosen))).toBe(true)
      expect(isSmallest).toBe(true)
      expect(chosen.size).toBe(leastSize(drawn))
    }),
    { numRuns: 2000 },
  )
})

function leastSize(sets: readonly number[][]): number {
  const masks = sets.map((set) => set.reduce((mask, number) => mask | (1 << number), 0))
  const hits = Array.from({ length: 2 ** numbers }, (_, mask) => mask).filter((mask) =>
    masks.every((set) => set & mask),
  )
  return Math.min(...hits.map((mask) => mask.toString(2).replaceAll('0', '').length))
}

test('many sets that have little to do with each other are answered exactly', () => {
  const sets = Array.from({ length: 3000 }, (_, index) => new Set([index, index % 300, 5000 + (index % 7)]))
  const { chosen, isSmallest } = hittingSet(sets)
  expect(isSmallest).toBe(true)
  expect(chosen).toEqual(new Set([5000, 5001, 5002, 5003, 5004, 5005, 5006]))
})

test('what is too hard to be sure of is hit all the same, and said not to be the smallest', () => {
  let seed = 7
  const random = (most: number) => (seed = (seed * 48271) % 2147483647) % most
  const sets = Array.from({ length: 400 }, () => new Set([random(120), random(120), random(120), random(120)]))
  const { chosen, isSmallest } = hittingSet(sets)
  expect(isSmallest).toBe(false)
  expect(sets.every((set) => !set.isDisjointFrom(chosen))).toBe(true)
})
