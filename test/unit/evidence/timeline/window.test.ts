import { expect, test } from 'vitest'
import { rowOf } from '../../../../src/evidence/timeline/row.ts'
import { isInWindow } from '../../../../src/evidence/timeline/window.ts'

const time = (second: number) => `2026-11-21T17:00:0${second}.000000Z`
const row = (second: number, uncertaintyMs: number, until?: string) =>
  rowOf(time(second), { source: 'x', clock: { aheadMs: 0, uncertaintyMs } }, { what: '', ...(until && { until }) })
const window = { since: time(2), until: time(5) }

test('from a time on and before another, as far as clocks are known', () => {
  expect([1, 2, 4, 5].map((second) => isInWindow(row(second, 0), window))).toEqual([false, true, true, false])
  expect([0, 1, 5, 6].map((second) => isInWindow(row(second, 1500), window))).toEqual([false, true, true, true])
  expect(isInWindow(row(7, 1500), window)).toBe(false)
})

test('what lasts is there where it goes on; what has no time always is', () => {
  expect(isInWindow(row(0, 0, time(3)), window)).toBe(true)
  expect(isInWindow(row(0, 0, time(1)), window)).toBe(false)
  expect(isInWindow(rowOf('', { source: 'x' }, { what: '' }), window)).toBe(true)
})
