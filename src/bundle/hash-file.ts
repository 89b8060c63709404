import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { explained, openFile } from '../durable/storage.ts'

const chunkSize = 1024 * 1024

/** The bytes of a file of ours, from its start; a link is not followed. Where `memory` is given every chunk is in it, until the next. Throws SecureError `journal`. */
export async function* readChunks(path: string, memory?: Buffer): AsyncGenerator<Buffer> {
  const handle = await openFile(path, constants.O_RDONLY)
  try {
    yield* chunksOf(path, handle, memory)
  } finally {
    await handle.close()
  }
}

/** The bytes of an open file, from its start. Each chunk is a buffer of its own, unless there is `memory` for all. */
export async function* chunksOf(path: string, handle: FileHandle, memory?: Buffer): AsyncGenerator<Buffer> {
  const { size } = await handle.stat()
  for (let at = 0; ; ) {
    const buffer = memory ?? Buffer.allocUnsafe(Math.max(1, Math.min(chunkSize, size - at)))
    const { bytesRead } = await explained(`cannot read ${path}`, () => handle.read(buffer, 0, buffer.length, at))
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

export const hashFile = (path: string): Promise<{ sha256: string; bytes: number }> => hashStream(readChunks(path))

export async function hashStream(source: AsyncIterable<Buffer>): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of source) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}
