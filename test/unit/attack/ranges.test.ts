import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rangesWithout } from '../../../src/attack/rules/ranges.ts'

const places = (count: number) => Array.from({ length: count }, (_, place) => place)

test('ranges have each item but those left out, once', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.array(fc.nat(70)), (count, left) => {
      const without = new Set(left)
      const covered = rangesWithout(places(count), without).flatMap(({ start, end }) => places(count).slice(start, end))
      expect(covered).toEqual(places(count).filter((place) => !without.has(place)))
    }),
  )
})

test('of a thousand without three there are few', () => {
  expect(rangesWithout(places(1000), new Set([0, 400, 999])).length).toBeLessThan(31)
  expect(rangesWithout(places(1000), new Set())).toEqual([{ start: 0, end: 1000 }])
})
