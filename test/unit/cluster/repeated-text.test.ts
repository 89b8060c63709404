import fc from 'fast-check'
import { expect, test } from 'vitest'
import { textOf } from '../../../src/cluster/repeated-text.ts'

test('what was seen before does not change what bytes say, be they UTF-8 or not', () => {
  const words = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }),
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 20 }), (all) => {
      for (const bytes of [...all, ...all]) {
        const body = Buffer.concat([Buffer.from('é'), bytes, Buffer.from([0x80])])
        expect(textOf(body, 2, body.length - 1)).toBe(Buffer.from(bytes).toString('utf8'))
      }
    }),
  )
  // A byte that is no UTF-8, after the letter of that code point.
  expect(textOf(Buffer.from('é'), 0, 2)).toBe('é')
  expect(textOf(Buffer.from([0xe9]), 0, 1)).toBe('\ufffd')
})
