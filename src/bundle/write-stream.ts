import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { explained } from '../durable/storage.ts'

/** What may become a file. */
export type Source = AsyncIterable<Uint8Array> | Uint8Array

export type Written = { sha256: string; bytes: number /** What ended the source before its end. */; failure?: unknown }

const maxPending = 4 * 1024 * 1024
const hint = 'What was recorded before it is safe. Make room on the disk or mend what is named, then resume the case.'

/**
 * Writes a source to the end of a file and hashes it on the way; the disk has it when this resolves. Whatever was read is written, also
 * of a source that fails. Throws SecureError `journal` where the file cannot be written.
 */
export async function writeStream(path: string, handle: FileHandle, source: Source): Promise<Written> {
  const hash = createHash('sha256')
  let bytes = 0
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let writing: Promise<void> | undefined
  let broken: { cause: unknown } | undefined

  // What comes while the disk is busy is written in one go; what comes slowly is written at once.
  const drain = async () => {
    try {
      while (pending.length > 0) {
        const batch = pending
        pending = []
        pendingBytes = 0
        await writeAll(handle, batch)
      }
    } catch (cause) {
      broken = { cause }
    } finally {
      writing = undefined
    }
  }
  const take = (chunk: Uint8Array): Promise<void> | undefined => {
    pending.push(chunk)
    pendingBytes += chunk.length
    if (!broken) writing ??= drain()
    // While the thread pool writes, this thread hashes.
    hash.update(chunk)
    bytes += chunk.length
    return broken ? Promise.reject(broken) : pendingBytes >= maxPending ? writing : undefined
  }

  const failure = await each(source, take)
  await writing
  return await explained(
    `cannot write to ${path}`,
    async () => {
      if (broken) throw broken.cause
      await handle.datasync()
      return { sha256: hash.digest('hex'), bytes, ...(failure && { failure: failure.is }) }
    },
    hint,
  )
}

/** Passes every chunk on, and waits where it is told to; resolves at the end, with what failed if something did. */
async function each(
  source: Source,
  take: (chunk: Uint8Array) => Promise<void> | undefined,
): Promise<{ is: unknown } | undefined> {
  try {
    if (source instanceof Uint8Array) await take(source)
    else for await (const chunk of source) await take(chunk)
    return undefined
  } catch (is) {
    return { is }
  }
}

async function writeAll(handle: FileHandle, batch: Uint8Array[]): Promise<void> {
  // writev takes 1024 buffers (IOV_MAX), and may write less than it was given.
  for (let at = 0; at < batch.length; at += 1024) {
    const some = batch.slice(at, at + 1024)
    const length = some.reduce((sum, one) => sum + one.length, 0)
    let { bytesWritten } = await handle.writev(some)
    if (bytesWritten === length) continue
    const rest = Buffer.concat(some)
    while (bytesWritten < length) bytesWritten += (await handle.write(rest, bytesWritten)).bytesWritten
  }
}
