import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stamp } from '../../../../src/audit-log/timeline-clock.ts'
import type { Json } from '../../../../src/bundle/entry.ts'
import { clock, clocksFrom } from './told.ts'

test('a node that is seven minutes ahead is corrected by as much as has to be, and no more', () => {
  const { node, notes } = clocksFrom(clock(-20, 30, { node1: [419_800, 420_400], node2: [-900, 39_000] }))
  expect(stamp('2026-11-21T17:07:00.000000Z', node('node1'))).toMatchObject({
    corrected: '2026-11-21T17:00:00.200000Z',
    uncertaintyMs: 600,
    source: 'node/node1',
  })
  // A lease that was never seen renewed says little, and moves nothing.
  expect(stamp('2026-11-21T17:00:00Z', node('node2'))).toMatchObject({
    corrected: '2026-11-21T17:00:00.000000Z',
    uncertaintyMs: 40_000,
    apartMs: 1000,
  })
  expect(stamp('2026-11-21T17:00:00Z', node('node3'))).toMatchObject({ clockUnknown: true, uncertaintyMs: 1000 })
  expect(notes).toEqual([expect.stringContaining('node node1 is 419.8 s ahead (±0.6 s)')])
  expect(notes[0]).not.toContain('node2')
})

test('API servers whose answers differ are several clocks', () => {
  const { servers, notes } = clocksFrom(clock(-100, 3000, {}, false))
  expect(servers.clock).toEqual({ aheadMs: 0, uncertaintyMs: 3000, mixed: true })
  expect(stamp('2026-11-21T17:00:00Z', servers)).toMatchObject({ uncertaintyMs: 4000, apartMs: 7000 })
  expect(notes[0]).toContain('there are several API servers whose clocks differ, or a clock was set')
})

test('sessions that exclude one another are a clock that was set; those that do not are not', () => {
  expect(clocksFrom(clock(-50, 50), clock(3000, 3100)).servers.clock).toMatchObject({
    uncertaintyMs: 3100,
    mixed: true,
  })
  expect(clocksFrom(clock(-50, 50), clock(0, 100)).servers.clock).toEqual({ aheadMs: 0, uncertaintyMs: 100 })
})

test('a clock that may be right is left as it is, and may be off as far as either end of its range', () => {
  expect(clocksFrom(clock(-900, 100)).servers.clock).toEqual({ aheadMs: 0, uncertaintyMs: 900 })
  expect(clocksFrom(clock(-900, -300)).servers.clock).toEqual({ aheadMs: -300, uncertaintyMs: 600 })
})

test('nothing is known of clocks where nothing is said of them', () => {
  const { servers, notes } = clocksFrom()
  expect(stamp('2026-11-21T17:00:00.123Z', servers)).toMatchObject({ clockUnknown: true, uncertaintyMs: 0 })
  expect(notes[0]).toContain('how far the API server is off is not known')
})

test('a time with any zone of a night in which clocks are put back is one moment', () => {
  const { node } = clocksFrom()
  for (const time of ['2026-10-25T02:30:00.5+02:00', '2026-10-25T01:30:00.5+01:00', '2026-10-25T00:30:00.5Z'])
    expect(stamp(time, node('x')).corrected).toBe('2026-10-25T00:30:00.500000Z')
})

test('whatever is said of clocks, a time is corrected or left as it is', () => {
  const odd = fc.jsonValue() as fc.Arbitrary<Json>
  const range = fc.record({
    atLeast: fc.oneof(fc.double(), odd),
    atMost: fc.oneof(fc.double(), odd),
  }) as fc.Arbitrary<Json>
  const said = fc.oneof(
    odd,
    fc.record({
      serverAheadMs: fc.oneof(range, odd),
      agree: odd,
      nodes: fc.oneof(
        odd,
        fc.record({ nodes: fc.array(fc.oneof(odd, fc.record({ node: fc.constant('n'), aheadMs: range }))) }),
      ),
    }),
  )
  fc.assert(
    fc.property(said, (document) => {
      const { servers, node } = clocksFrom(document)
      for (const one of [servers, node('n')]) {
        const { corrected, uncertaintyMs } = stamp('2026-11-21T17:00:00Z', one)
        expect(corrected).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
        expect(uncertaintyMs).toBeGreaterThanOrEqual(1000)
      }
    }),
  )
})
