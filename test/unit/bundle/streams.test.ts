import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gzip } from '../../../src/bundle/gzip.ts'
import { writeStream } from '../../../src/bundle/write-stream.ts'
import { freshDirectory } from './cases.ts'

const sizes = fc.array(fc.oneof(fc.nat(3000), fc.nat(700_000)), { maxLength: 8 })

/** Pieces in one buffer, that is overwritten as soon as the next is asked for. */
async function* inOneBuffer(bytes: Buffer, each: number[]): AsyncGenerator<Buffer, { pieces: number }> {
  const memory = Buffer.alloc(Math.max(0, ...each))
  let from = 0
  for (const size of each) {
    bytes.copy(memory, 0, from, from + size)
    from += size
    yield memory.subarray(0, size)
    memory.fill(0xee)
  }
  return { pieces: each.length }
}
const randomOf = (each: number[]) => randomFillSync(Buffer.alloc(each.reduce((sum, one) => sum + one, 0)))

test('what is written is what came, however it came, and what its source learned is told', async () => {
  const path = join(freshDirectory(), 'file')
  await fc.assert(
    fc.asyncProperty(sizes, async (each) => {
      const bytes = randomOf(each)
      const fd = openSync(path, 'w')
      const written = await writeStream(path, fd, inOneBuffer(bytes, each))
      closeSync(fd)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      expect(written).toEqual({ sha256, bytes: bytes.length, learned: { pieces: each.length } })
      expect(readFileSync(path).equals(bytes)).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('what came before a source failed is written', async () => {
  const path = join(freshDirectory(), 'file')
  const failure = new Error('cut')
  await fc.assert(
    fc.asyncProperty(sizes, async (each) => {
      const bytes = randomOf(each)
      const fd = openSync(path, 'w')
      async function* failing() {
        yield* inOneBuffer(bytes, each)
        throw failure
      }
      expect(await writeStream(path, fd, failing())).toMatchObject({ bytes: bytes.length, failure })
      closeSync(fd)
      expect(readFileSync(path).equals(bytes)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test('one gzip member, the same however the bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (each) => {
      const bytes = randomOf(each)
      const packed = async (source: AsyncIterable<Buffer>) => {
        const parts: Buffer[] = []
        for await (const part of gzip(source)) parts.push(part)
        return Buffer.concat(parts)
      }
      const one = await packed(inOneBuffer(bytes, each))
      expect(gunzipSync(one).equals(bytes)).toBe(true)
      expect((await packed(inOneBuffer(bytes, [bytes.length]))).equals(one)).toBe(true)
    }),
    { numRuns: 30 },
  )
})
