import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/audit-log/event.ts'
import { LineEvents } from '../../../src/audit-log/read/line-event.ts'
import { pieceEvents } from '../../../src/audit-log/read/piece-events.ts'
import { eventsOfAnyKind } from './draw-events.ts'

/** All that an event has, its bodies looked at. */
function opened({ requestObject, responseObject, ...event }: AuditEvent) {
  return { ...event, requestObject: requestObject?.value, responseObject: responseObject?.value }
}

/** The same lines read both ways: as they stand in one block, by what is known, and each by itself, parsed. */
function bothWays(lines: string[]) {
  const block = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  let damaged = 0
  const fast = new LineEvents(() => (damaged += 1))
  let from = 0
  return lines.map((line, index) => {
    const to = from + Buffer.byteLength(line)
    const quick = fast.read(block, from, to, { file: '-', line: index })
    const slow = pieceEvents({ line: index, bytes: block, from, to }, '-')
    from = to + 1
    const before = damaged
    const read = quick && opened(quick)
    return { line, read, slow, isDamaged: damaged > before }
  })
}

const members = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, eventsOfAnyKind())

test('an event that is read without parsing its line is what parsing the line gives', () => {
  let quick = 0
  fc.assert(
    fc.property(fc.array(fc.tuple(eventsOfAnyKind(), members), { minLength: 1, maxLength: 6 }), (events) => {
      // A member that comes twice counts as the last says.
      const lines = events.map(
        ([event, again]) => `${JSON.stringify(event).slice(0, -1)},${JSON.stringify(again).slice(1)}`,
      )
      for (const { read, slow } of bothWays(lines.map((line) => line.replace(/,\}$/, '}')))) {
        if (!read) continue
        quick += 1
        expect(slow).toMatchObject({ unreadable: 0, foreign: false })
        expect([read]).toEqual(slow.events.map(opened))
      }
    }),
    { numRuns: 500 },
  )
  expect(quick).toBeGreaterThan(500)
})

test('of a line that was damaged it is the same, but for a body whose damage shows when it is looked at', () => {
  const edit = fc.record({
    at: fc.nat(),
    drop: fc.nat(3),
    put: fc.constantFrom('', '"', '\\', '{', '}', ',', ':', 'x', ' ', '\u0001', 'ü', '[', '0'),
  })
  let quick = 0
  fc.assert(
    fc.property(eventsOfAnyKind(), eventsOfAnyKind(), edit, (event, before, { at, drop, put }) => {
      const whole = JSON.stringify(event)
      const place = at % whole.length
      const line = whole.slice(0, place) + put + whole.slice(place + drop)
      // What is known from the line before must not mend it.
      const [, found] = bothWays([JSON.stringify(before), line])
      const [, again] = bothWays([whole, line])
      for (const one of [found, again]) {
        if (!one?.read || one.isDamaged) continue
        quick += 1
        const [parsed] = one.slow.events.map(opened)
        // An escape or a number that no JSON has, in a value that nobody looks at.
        if (one.slow.unreadable > 0 || parsed?.truncated === 'cut') expect(() => JSON.parse(line) as unknown).toThrow()
        else expect([one.read]).toEqual([parsed])
      }
    }),
    { numRuns: 600 },
  )
  expect(quick).toBeGreaterThan(200)
})
