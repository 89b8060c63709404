import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readChain as read } from '../../../src/durable/chain-file.ts'
import { genesis, lineOf } from '../../../src/durable/chain.ts'
import { type Entry, entryTypes, type Recorded } from '../../../src/change/journal/entry.ts'
import type { Json } from '../../../src/change/plan.ts'
import { plan } from '../change/journal/plans.ts'

const readChain = (bytes: Buffer) => read<Entry>(bytes, entryTypes)
const at = new Date('2025-03-04T05:06:07.890Z')
const hostile = 'a\nb\u2028\u202e\ud800"}\\,"hash":"'
const entries: Entry[] = [
  { type: 'begin', plan: plan(), by: 'ana@laptop' },
  { type: 'intent', change: 'a', way: 'apply', request: { method: 'PATCH', path: '/x' }, preimage: { [hostile]: [1] } },
  { type: 'result', change: 'a', way: 'apply', outcome: 'applied', why: hostile },
  { type: 'end', state: 'applied' },
]

function written(all: Entry[]): { bytes: Buffer; recorded: Recorded[]; ends: number[] } {
  const recorded: Recorded[] = []
  const lines = all.map((entry) => {
    const made = lineOf(entry, recorded.at(-1), at)
    recorded.push(made.recorded())
    return made.line
  })
  const ends = lines.map((_, index) => Buffer.concat(lines.slice(0, index + 1)).length)
  return { bytes: Buffer.concat(lines), recorded, ends }
}

test('what is written is what is read, and chained', () => {
  const { bytes, recorded } = written(entries)
  expect(readChain(bytes)).toEqual({ entries: recorded })
  expect(recorded.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  expect(recorded.map(({ prev }) => prev)).toEqual([genesis, ...recorded.slice(0, 3).map(({ hash }) => hash)])
  expect(recorded[2]).toMatchObject({ type: 'result', why: hostile, at: at.toISOString() })
})

test('cut at any byte, it is read up to the last line that was finished', () => {
  const { bytes, recorded, ends } = written(entries)
  for (let length = 0; length <= bytes.length; length++) {
    const whole = ends.filter((end) => end <= length).length
    const start = ends[whole - 1] ?? 0
    expect(readChain(bytes.subarray(0, length))).toEqual({
      entries: recorded.slice(0, whole),
      ...(start < length && { torn: start }),
    })
  }
})

test('any bit that is flipped is found, and its line named', () => {
  const { bytes, recorded, ends } = written(entries)
  for (let index = 0; index < bytes.length; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[index] = (flipped[index] ?? 0) ^ (1 << bit)
      const line = ends.filter((end) => end <= index).length + 1
      const { broken, torn, entries: read } = readChain(flipped)
      expect({ line: broken?.line, torn, read: read.length }).toEqual({ line, torn: undefined, read: line - 1 })
      expect(read).toEqual(recorded.slice(0, line - 1))
    }
  }
})

test.each([
  ['left out', [0, 2, 3], 2],
  ['swapped', [0, 2, 1, 3], 2],
  ['written twice', [0, 1, 1, 2, 3], 3],
])('a line that was %s is found', (_, order, line) => {
  const { bytes, ends } = written(entries)
  const lines = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
  const changed = Buffer.concat(order.map((index) => lines[index] ?? Buffer.alloc(0)))
  expect(readChain(changed).broken).toMatchObject({ line })
})

test('a line of a type that is not known is not passed over', () => {
  const { bytes, recorded } = written(entries.slice(0, 1))
  const next = lineOf({ type: 'merge' } as unknown as Entry, recorded[0], at)
  expect(readChain(Buffer.concat([bytes, next.line])).broken).toMatchObject({ line: 2, why: /version/ })
})

test('any JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.json().map((text) => JSON.parse(text) as Json)), (values) => {
      const { bytes } = written(values.map((data) => ({ type: 'note', kind: 'any', data })))
      const read = readChain(bytes)
      expect(read.broken).toBeUndefined()
      expect(read.entries.map((entry) => JSON.stringify('data' in entry ? entry.data : undefined))).toEqual(
        values.map((value) => JSON.stringify(value)),
      )
    }),
  )
})
