import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LogSpan } from '../../../../src/evidence/timeline/log-span.ts'

const span = (chunks: Buffer[], isWhole = true) => {
  const found = new LogSpan(isWhole)
  for (const chunk of chunks) found.push(chunk)
  return [found.first, found.last]
}
const time = (index: number) => `2026-11-21T17:00:00.${String(index).padStart(9, '0')}Z`
// What a program writes: as it likes, but for the line feed, which begins a line with a time.
const text = fc.string({ unit: 'binary', maxLength: 120 }).map((line) => line.replaceAll('\n', ''))

test('the times of the first and the last line, however the bytes come in chunks', () => {
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(60)),
      fc.boolean(),
      (lines, sizes, ended) => {
        const log = Buffer.from(lines.map((line, index) => `${time(index)} ${line}`).join('\n') + (ended ? '\n' : ''))
        const chunks: Buffer[] = []
        let from = 0
        for (const size of sizes) {
          chunks.push(log.subarray(from, from + size))
          from += size
        }
        chunks.push(log.subarray(from))
        expect(span(chunks)).toEqual([time(0), time(lines.length - 1)])
      },
    ),
    { numRuns: 500 },
  )
})

test('the end of a long log begins in the middle of a line, which may look like one', () => {
  const tail = Buffer.from(`1999-01-01T00:00:00Z no line\n${time(5)} a\n${time(6)} b`)
  expect(span([tail], false)).toEqual([time(5), time(6)])
})

test('a log as it lies on a node, with the zone of its node', () => {
  const line = '2026-10-25T02:30:00.123456789+02:00 stderr F boom\n'
  expect(span([Buffer.from(line)])).toEqual([
    '2026-10-25T02:30:00.123456789+02:00',
    '2026-10-25T02:30:00.123456789+02:00',
  ])
})

test('a line of 512 MiB is passed over', () => {
  const block = Buffer.alloc(1024 * 1024, 'x')
  const chunks = [
    Buffer.from(`${time(1)} `),
    ...Array.from({ length: 512 }, () => block),
    Buffer.from(`\n${time(2)} end`),
  ]
  expect(span(chunks)).toEqual([time(1), time(2)])
})

test('what has no times has none', () => {
  expect(span([Buffer.from('hello\nworld\n')])).toEqual([undefined, undefined])
  expect(span([])).toEqual([undefined, undefined])
})
