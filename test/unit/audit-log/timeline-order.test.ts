import fc from 'fast-check'
import { expect, test } from 'vitest'
import { micros } from '../../../src/audit-log/event.ts'
import type { TimelineEntry } from '../../../src/audit-log/timeline.ts'
import { isoMicros, type SourceClock, stamp } from '../../../src/audit-log/timeline-clock.ts'
import { timeline } from '../../../src/audit-log/timeline-order.ts'

const begin = Date.UTC(2026, 9, 25, 0, 59, 50) * 1000 // a night in which clocks are put back
const entry = (time: string, clock: SourceClock, what = ''): TimelineEntry => {
  return { kind: 'state', ...stamp(time, clock), by: '', what, at: [] }
}
const known = (source: string, aheadMs: number, uncertaintyMs: number, more: object = {}) => {
  return { source, clock: { aheadMs, uncertaintyMs, ...more } }
}

/** A clock whose error lies where it is known to be, and how it writes times. */
const clocks = fc
  .array(
    fc.record({
      doubtMs: fc.integer({ min: 0, max: 4000 }),
      aheadMs: fc.integer({ min: -500_000, max: 500_000 }),
      // Where in its range the truth is, for each of the clocks that are behind this name.
      truths: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 2 }),
      isCut: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.map((one, index) => ({ ...one, source: `clock-${index}` })))
const moments = fc.array(fc.record({ clock: fc.nat(3), which: fc.nat(1), at: fc.integer({ min: 0, max: 20_000 }) }), {
  maxLength: 30,
})

test('an order that is called sure is that in which things happened, whatever clocks were off within what is known of them', () => {
  fc.assert(
    fc.property(clocks, moments, (all, happened) => {
      const truth = new Map<string, number>()
      const entries = happened.map(({ clock, which, at }, index) => {
        const { source, aheadMs, doubtMs, truths, isCut } = all[clock % all.length] as (typeof all)[number]
        const off = aheadMs + (doubtMs * (truths[which % truths.length] ?? 0)) / 1000
        const shown = begin + (at + off) * 1000
        const time = isCut ? isoMicros(Math.floor(shown / 1e6) * 1e6).replace(/\.0+Z/, 'Z') : isoMicros(shown)
        truth.set(String(index), begin + at * 1000)
        const mixed = truths.length > 1 ? { mixed: true as const } : {}
        return entry(time, known(source, aheadMs, doubtMs, mixed), String(index))
      })
      const sorted = timeline(entries)
      expect(sorted.map(({ what }) => what).toSorted()).toEqual(entries.map(({ what }) => what).toSorted())
      for (const [index, { what, corrected, uncertaintyMs, orderSure }] of sorted.entries()) {
        const at = truth.get(what) ?? 0
        // To the microsecond that a time is written to.
        expect(Math.abs((micros(corrected) ?? 0) - at)).toBeLessThanOrEqual(uncertaintyMs * 1000 + 1)
        if (!orderSure) continue
        for (const later of sorted.slice(index + 1)) expect(truth.get(later.what) ?? 0).toBeGreaterThanOrEqual(at - 1)
      }
    }),
    { numRuns: 1000 },
  )
})

test('times that are cut to seconds are unsure beside others of their second, and sure beside the next', () => {
  const api = known('api-server', 0, 0)
  const sorted = timeline([
    entry('2026-11-21T17:00:05Z', api),
    entry('2026-11-21T17:00:05Z', api),
    entry('2026-11-21T17:00:06Z', api),
    entry('2026-11-21T17:00:06.900000Z', known('audit', 0, 0)),
    entry('2026-11-21T17:00:07.900000Z', known('audit', 0, 0)),
  ])
  expect(sorted.map(({ orderSure }) => orderSure)).toEqual([false, true, false, true, true])
})

test('API servers three seconds apart: what one of them wrote before the other is not sure, also where both are called the same', () => {
  const servers = known('api-server', 1500, 1500, { mixed: true })
  const times = ['17:00:00.000000', '17:00:02.900000', '17:00:06.000000'].map((time) => `2026-11-21T${time}Z`)
  const orders = timeline(times.map((time) => entry(time, servers)))
  expect(orders.map(({ orderSure }) => orderSure)).toEqual([false, true, true])
  const logs = [entry(times[0] ?? '', known('a.log', 1500, 1500)), entry(times[1] ?? '', known('b.log', 1500, 1500))]
  expect(timeline(logs).map(({ orderSure }) => orderSure)).toEqual([false, true])
  // Each alone is in the order of its own clock.
  expect(timeline(times.map((time) => entry(time, known('a.log', 1500, 1500)))).every((one) => one.orderSure)).toBe(
    true,
  )
})

test('a clock that nobody knows makes its own rows unsure beside others, and not those', () => {
  const sorted = timeline([
    entry('2026-11-21T17:00:00.000000Z', { source: 'scheduler' }),
    entry('2026-11-21T17:00:09.000000Z', known('audit', 0, 10)),
    entry('2026-11-21T17:00:09.005000Z', { source: 'scheduler' }),
    entry('2026-11-21T17:00:20.000000Z', known('audit', 0, 10)),
  ])
  expect(sorted.map(({ orderSure }) => orderSure)).toEqual([false, true, false, true])
  expect(timeline(sorted.filter(({ source }) => source === 'scheduler')).every((one) => one.orderSure)).toBe(true)
})

test('what has no time comes last', () => {
  const sorted = timeline([entry('', { source: 'x' }, 'none'), entry('2026-11-21T17:00:00.1Z', { source: 'x' }, 'one')])
  expect(sorted.map(({ what }) => what)).toEqual(['one', 'none'])
})
