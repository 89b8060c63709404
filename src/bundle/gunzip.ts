import { crc32, createInflateRaw } from 'node:zlib'
import { ByteReader } from './byte-reader.ts'
import { Damage } from './damage.ts'
import { gzipHeader } from './gzip.ts'

export type GzipFacts = {
  /** The header is the one that seal writes. */
  isOurs: boolean
}

/**
 * Unpacks one gzip member, and checks what zlib's own reader lets pass: what comes after it, and its header. Throws {@link Damage}
 * after all that could be unpacked.
 */
export async function* gunzip(
  source: AsyncIterable<Buffer>,
  facts: (facts: GzipFacts) => void,
): AsyncGenerator<Buffer> {
  const input = new ByteReader(source)
  const header = await readHeader(input)
  facts({ isOurs: header.equals(gzipHeader) })
  const engine = createInflateRaw({ chunkSize: 256 * 1024 })
  // What the engine was given and may not have taken: the trailer is in it.
  let held: { chunk: Buffer; end: number }[] = []
  let given = 0
  const feed = pump(input.rest(), engine, (chunk) => {
    given += chunk.length
    held = held.filter(({ end }) => end > engine.bytesWritten)
    held.push({ chunk, end: given })
  })
  feed.catch(() => {})
  let crc = 0
  let length = 0
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc)
      length += chunk.length
      yield chunk
    }
    await feed
  } catch (error) {
    throw inflateDamage(error)
  }
  const used = engine.bytesWritten
  const tail = held.map(({ chunk, end }) => chunk.subarray(Math.max(0, chunk.length - (end - used))))
  const end = new ByteReader(joined(tail, input))
  const trailer = await end.take(8)
  if (!trailer) throw new Damage('truncated', 'the file ends within the trailer of gzip')
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32) {
    throw new Damage('gzip', 'what it unpacks to does not have the checksum and length that gzip recorded')
  }
  if (await end.take(1)) throw new Damage('trailing', 'something follows the end of the archive')
}

async function* joined(tail: Buffer[], input: ByteReader): AsyncGenerator<Buffer> {
  yield* tail
  yield* input.rest()
}

async function readHeader(input: ByteReader): Promise<Buffer> {
  const start = await input.take(10)
  if (!start) throw new Damage('truncated', 'the file ends within the header of gzip')
  if (start[0] !== 0x1f || start[1] !== 0x8b || start[2] !== 8) throw new Damage('gzip', 'it is not a gzip file')
  const flags = start[3] ?? 0
  if (flags & 0xe0) throw new Damage('gzip', 'the header of gzip has flags that nobody has defined')
  const read = async (count: number) => {
    const bytes = await input.take(count)
    if (!bytes) throw new Damage('truncated', 'the file ends within the header of gzip')
    return bytes
  }
  if (flags & 4) await read((await read(2)).readUInt16LE(0))
  for (const text of [8, 16]) {
    if (flags & text)
      for (let count = 0; (await read(1))[0] !== 0; count++)
        if (count > 65535) throw new Damage('gzip', 'the name in its header does not end')
  }
  if (flags & 2) await read(2)
  return start
}

function inflateDamage(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return new Damage('truncated', 'the file ends before what gzip has packed does')
  if (typeof code === 'string' && code.startsWith('Z_'))
    return new Damage('gzip', `what gzip has packed is damaged: ${message}`)
  return error
}

type Engine = ReturnType<typeof createInflateRaw>

// Not pipeline(): an inflating engine ends before its input does, and that is no failure.
async function pump(source: AsyncIterable<Uint8Array>, engine: Engine, before: (chunk: Buffer) => void): Promise<void> {
  const done = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) engine.once(event, () => resolve())
  })
  const isDone = () => engine.readableEnded || engine.destroyed
  const iterator = source[Symbol.asyncIterator]()
  try {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
      before(chunk)
      if (isDone()) return
      if (!engine.write(chunk)) await Promise.race([done, new Promise((resolve) => engine.once('drain', resolve))])
      if (isDone()) return
    }
    engine.end()
  } catch (error) {
    engine.destroy(error as Error)
    throw error
  } finally {
    await iterator.return?.()
  }
}
