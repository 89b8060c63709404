import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planted } from './canaries.ts'
import { encodings, leaks } from './encodings.ts'
import { redacted, redactedPieces, redactorOf } from './reading.ts'

const names = Object.keys(encodings)
const layers = fc.array(fc.constantFrom(...names), { maxLength: 3 })
const encoded = (text: string, by: string[]) => by.reduce((now, name) => (encodings[name] ?? String)(now), text)

test('a secret of any class, in any encoding, leaves nothing behind', () => {
  fc.assert(
    fc.property(planted, layers, ({ canary, text }, by) => {
      const input = `2025-03-04T05:06:07.123456789Z before\n2025-03-04T05:06:08.123456789Z ${encoded(text, by)}\n2025-03-04T05:06:09.123456789Z after\n`
      // What the decoder cannot find before, it cannot miss afterwards.
      fc.pre(leaks(input, canary) || by.length > 0)
      const output = redacted(input)
      expect(leaks(output, canary), `${by.join(' ')}: ${output.slice(0, 600)}`).toBe(false)
      expect(output.startsWith('2025-03-04T05:06:07.123456789Z before\n')).toBe(true)
      expect(output.endsWith('after\n')).toBe(true)
    }),
    { numRuns: 1500 },
  )
})

test('wherever the pieces and the windows of a stream are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      planted,
      layers,
      fc.nat(9000),
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }),
      async ({ canary, text }, by, before, sizes) => {
        const line = 'GET /api/v1/orders/123 200 17ms some words of a log line '
        const input = Buffer.from(`${line.repeat(200).slice(0, before)} ${encoded(text, by)} ${line.repeat(100)}`)
        const pieces: Buffer[] = []
        for (let at = 0, next = 0; at < input.length; next++) {
          const size = sizes[next % sizes.length] ?? 1
          pieces.push(input.subarray(at, at + size))
          at += size
        }
        const output = (
          await redactedPieces(pieces, redactorOf(), { size: 8192, overlap: 4096, most: 1024 * 1024 })
        ).toString('latin1')
        expect(
          leaks(output, canary),
          `${by.join(' ')}: ${output.slice(before > 300 ? before - 300 : 0, before + 900)}`,
        ).toBe(false)
      },
    ),
    { numRuns: 300 },
  )
})
