import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunksOf } from '../../../src/evidence/chunks.ts'
import { HeadTail } from '../../../src/evidence/head-tail.ts'
import { withoutLastApplied } from '../../../src/evidence/last-applied.ts'
import { joined, pieces } from './pieces.ts'

const cuts = fc.array(fc.nat(10_000), { maxLength: 20 })
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

test('the annotation of kubectl apply goes, and nothing else changes', async () => {
  const annotations = fc.dictionary(
    fc.oneof(fc.constant(annotation), fc.string({ unit: 'binary' })),
    fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a\\"b\\\\')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(annotations, { maxLength: 4 }), cuts, async (each, at) => {
      const list = (all: object[]) => JSON.stringify({ items: all.map((one) => ({ metadata: { annotations: one } })) })
      let dropped = 0
      const out = await joined(withoutLastApplied(pieces(Buffer.from(list(each)), at), () => dropped++))
      const left = each.map((one) =>
        Object.fromEntries(
          Object.entries(one).map(([key, value]) => [key, key === annotation ? '(dropped by kubectl secure)' : value]),
        ),
      )
      expect(out.toString()).toBe(list(left))
      expect(dropped).toBe(each.filter((one) => Object.hasOwn(one, annotation)).length)
    }),
  )
})

test('of what is too long the beginning and the end are kept, and the rest is counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      cuts,
      fc.integer({ min: 1, max: 200 }),
      async (given, at, max) => {
        const bytes = Buffer.from(given)
        const cap = new HeadTail(max)
        const head = await joined(cap.through(pieces(bytes, at)))
        const tail = cap.tail ?? Buffer.alloc(0)
        expect(cap.total).toBe(bytes.length)
        expect(head.length + tail.length + cap.skipped).toBe(bytes.length)
        expect(head).toEqual(bytes.subarray(0, head.length))
        expect(tail).toEqual(bytes.subarray(bytes.length - tail.length))
        expect(head.length + tail.length).toBe(Math.min(max, bytes.length))
      },
    ),
  )
})

test('all that came before a failure is given before it', async () => {
  const stream = new PassThrough()
  const read = (async () => {
    const parts: string[] = []
    try {
      for await (const chunk of chunksOf(stream)) {
        parts.push(chunk.toString())
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return [...parts, 'ended']
    } catch (error) {
      return [...parts, (error as Error).message]
    }
  })()
  for (const part of ['a', 'b', 'c']) stream.write(part)
  await new Promise((resolve) => setImmediate(resolve))
  stream.destroy(new Error('cut'))
  expect((await read).join('')).toBe('abccut')
})

test('all of a stream comes, in its order, whatever its pieces', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(400_000)), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(sizes, async (each) => {
      const pieces = each.map((size, index) => Buffer.alloc(size, index + 1))
      const stream = new PassThrough()
      const read = joined(chunksOf(stream))
      for (const piece of pieces) stream.write(piece)
      stream.end()
      expect((await read).equals(Buffer.concat(pieces))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('a failure before anybody reads is told to whoever reads', async () => {
  const stream = new PassThrough()
  const chunks = chunksOf(stream)
  stream.write('a')
  stream.destroy(new Error('cut'))
  await new Promise((resolve) => setImmediate(resolve))
  await expect(joined(chunks)).rejects.toThrow('cut')
})

test('a reader that stops ends the stream', async () => {
  const stream = new PassThrough()
  stream.write('a')
  for await (const _ of chunksOf(stream)) break
  expect(stream.destroyed).toBe(true)
})
