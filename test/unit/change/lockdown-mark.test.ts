import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMarked, isMarkOf, laterOn, markEdit } from '../../../src/change/lockdown-mark.ts'
import type { FieldEdit } from '../../../src/change/plan.ts'

const at = (ms: number) => new Date(ms).toISOString()
const field = (key: string): FieldEdit => ({ path: ['metadata', 'labels', key], after: 'x', restore: 'always' })
const wearing = (...marks: FieldEdit[]) => ({
  metadata: { annotations: Object.fromEntries(marks.map(({ path, after }) => [path.at(-1), after])) },
})
const names = ['enforce', 'audit', 'warn']
const time = fc.integer({ min: 0, max: 4e12 })
const plans = fc.uniqueArray(fc.record({ id: fc.stringMatching(/^[a-z0-9]{4}$/), ms: time, on: fc.subarray(names) }), {
  selector: ({ id }) => id,
  minLength: 1,
})

test('a field is held by a lockdown that came later and rests on it, and by no other; the mark goes with the last', () => {
  fc.assert(
    fc.property(plans, ([own, ...others]) => {
      if (!own) return
      const markOf = ({ id, ms, on }: typeof own) => markEdit(id, at(ms), on)
      const edits = [...names.map(field), markOf(own)]
      const holder = laterOn(wearing(markOf(own), ...others.map(markOf)), edits)
      const later = others.filter(({ ms }) => ms > own.ms)
      for (const [index, name] of names.entries()) {
        const rests = later.filter(({ on }) => on.includes(name)).map(({ id }) => id)
        const held = holder(edits[index] as FieldEdit)
        expect(rests.length === 0 ? held === undefined : rests.includes(held ?? '')).toBe(true)
      }
      const isAny = later.some(({ on }) => on.length > 0)
      expect(holder(edits.at(-1) as FieldEdit) !== undefined).toBe(isAny)
    }),
  )
})

test('of two lockdowns at most one holds the other', () => {
  fc.assert(
    fc.property(time, time, fc.subarray(names, { minLength: 1 }), (one, other, on) => {
      const marks = [markEdit('aaaa', at(one), on), markEdit('bbbb', at(other), on)]
      const held = marks.filter((mark) => on.some((key) => laterOn(wearing(...marks), [field(key), mark])(field(key))))
      expect(held.length).toBeLessThanOrEqual(1)
    }),
  )
})

test('whatever annotations say, they are read without failing, and only marks of the right form count', () => {
  const own = markEdit('aaaa', at(0), names)
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const object = { metadata: { annotations: { 'kubectl-secure.github.io/lockdown-bbbb': value } } }
      expect(laterOn(object, [field('enforce'), own])(field('enforce'))).toBeUndefined()
      expect(laterOn({ metadata: value }, [field('enforce'), own])(field('enforce'))).toBeUndefined()
      expect(isMarked(object)).toBe(false)
    }),
  )
  expect(isMarked(wearing(own), 'aaaa')).toBe(true)
  expect(isMarked(wearing(own), 'bbbb')).toBe(false)
  expect(isMarkOf('aaaa', own)).toBe(true)
  expect(isMarkOf('bbbb', own)).toBe(false)
})
