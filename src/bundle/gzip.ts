import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib'

// RFC 1952: no name, no time, an unknown system: the same bytes wherever it is made.
export const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

// Blocks of so many bytes are packed each by itself, as pigz does it, by as many threads as there are: the same bytes however many.
const blockSize = 1024 * 1024
const atOnce = Math.min(availableParallelism(), 4)
const lastBlock = Buffer.from([3, 0])
const packer = {
  level: constants.Z_BEST_SPEED,
  memLevel: 9,
  chunkSize: 256 * 1024,
  finishFlush: constants.Z_SYNC_FLUSH,
}
const pack = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw)

/** Packs a stream into one gzip member. A chunk may change as soon as the next is asked for. */
export async function* gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let crc = 0
  let length = 0
  const packing: Promise<Buffer>[] = []
  yield gzipHeader
  for await (const block of blocksOf(source, atOnce + 2)) {
    const packed = pack(block, packer)
    packed.catch(() => {})
    packing.push(packed)
    crc = crc32(block, crc)
    length += block.length
    if (packing.length > atOnce) yield (await packing.shift()) as Buffer
  }
  for (const packed of packing) yield await packed
  yield lastBlock
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  yield trailer
}

/** A stream in blocks; so many of them are there at a time, then the memory of the first is used again. */
async function* blocksOf(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Buffer> {
  const blocks: Buffer[] = []
  let number = 0
  let filled = 0
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const block = (blocks[number % count] ??= Buffer.allocUnsafeSlow(blockSize))
      const part = chunk.subarray(at, at + blockSize - filled)
      block.set(part, filled)
      at += part.length
      filled += part.length
      if (filled < blockSize) continue
      yield block
      number++
      filled = 0
    }
  }
  const rest = blocks[number % count]
  if (rest && filled > 0) yield rest.subarray(0, filled)
}
