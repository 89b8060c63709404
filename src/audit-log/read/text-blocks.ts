import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip, gunzipSync, constants } from 'node:zlib'

const blockSize = 1024 * 1024

/** The blocks of an open file. Two buffers take turns, so that one is read while the other is looked through. */
export async function* fileBlocks(handle: FileHandle, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  const buffers = [Buffer.allocUnsafe(blockSize), Buffer.allocUnsafe(blockSize)] as const
  let turn: 0 | 1 = 0
  let pending = handle.read(buffers[turn], 0, blockSize, null)
  for (;;) {
    const { bytesRead, buffer } = await pending
    if (bytesRead === 0) return
    turn = turn === 0 ? 1 : 0
    pending = handle.read(buffers[turn], 0, blockSize, null)
    // Unhandled only where the reader stops before its turn comes.
    pending.catch(() => {})
    onBytes(bytesRead)
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Blocks as UTF-8 text without a byte order mark: decompressed where they are gzip (of any number of members), and
 * converted where they are UTF-16, as PowerShell writes. Throws where gzip data is damaged or ends too soon.
 */
export async function* textBlocks(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = blocks[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 3) {
    const { value, done } = await iterator.next()
    if (done) break
    // Its buffer is used again by the next read but one.
    first = Buffer.concat([first, value])
  }
  const all = chain(first, iterator)
  if (first[0] === 0x1f && first[1] === 0x8b) yield* textBlocks(gunzip(all))
  else if ((first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff))
    yield* utf16(all, first)
  else if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) yield* chain(first.subarray(3), iterator)
  else yield* all
}

async function* chain(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  for (;;) {
    const { value, done } = await rest.next()
    if (done) return
    yield value
  }
}

async function* gunzip(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // The blocks are copied: zlib keeps them while the next one is read.
  async function* copies() {
    for await (const block of blocks) yield Buffer.from(block)
  }
  const unzipped = createGunzip({ chunkSize: 256 * 1024 })
  const source = Readable.from(copies())
  source.on('error', (error) => unzipped.destroy(error))
  source.pipe(unzipped)
  try {
    for await (const block of unzipped) yield block as Buffer
  } finally {
    source.destroy()
    unzipped.destroy()
  }
}

async function* utf16(blocks: AsyncIterable<Buffer>, [first]: Buffer): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(first === 0xff ? 'utf-16le' : 'utf-16be')
  for await (const block of blocks) yield Buffer.from(decoder.decode(block, { stream: true }))
  yield Buffer.from(decoder.decode())
}

/** The beginning of an open file as text, decompressed; empty where it is not to be had. */
export async function firstText(handle: FileHandle): Promise<string> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0)
  const start = buffer.subarray(0, bytesRead)
  if (start[0] !== 0x1f || start[1] !== 0x8b) return decode(start)
  try {
    // What was begun is given out although the data stops here.
    return decode(gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, 1024 * 1024))
  } catch {
    return ''
  }
}

function decode(bytes: Buffer): string {
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8')
}
