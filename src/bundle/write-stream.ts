import { createHash } from 'node:crypto'
import { fdatasync, write, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { explained } from '../durable/storage.ts'
import type { Facts } from './entry.ts'
import { TwoBuffers } from './two-buffers.ts'

/** What may become a file. A generator may return what it has learned of the bytes by their end. */
export type Source = AsyncIterable<Uint8Array, Facts | undefined | void> | Uint8Array

export type Written = {
  sha256: string
  bytes: number
  /** What ended the source before its end. */
  failure?: unknown
  /** What the source returned at its end. */
  learned?: Facts
}

// A small file is written sooner than another thread begins with it.
const maxNow = 256 * 1024
// The disk works while the rest is on its way, so that little is left to wait for at the end.
const maxUnsynced = 32 * 1024 * 1024
const writeLater = promisify(write)
const datasync = promisify(fdatasync)
const hint = 'What was recorded before it is safe. Make room on the disk or mend what is named, then resume the case.'

/**
 * Writes a source to the end of a file and hashes it on the way; the disk has it when this resolves. Whatever was read is written, also
 * of a source that fails; what comes slowly is written at once. A chunk may change as soon as the next is asked for.
 * Throws SecureError `journal` where the file cannot be written.
 */
export async function writeStream(path: string, fd: number, source: Source): Promise<Written> {
  const hash = createHash('sha256')
  const buffers = new TwoBuffers()
  let bytes = 0
  let unsynced = 0
  let writing: Promise<void> | undefined
  let syncing: Promise<void> | undefined
  let broken: { cause: unknown } | undefined

  const sync = async () => {
    unsynced = 0
    try {
      await datasync(fd)
    } catch (cause) {
      broken ??= { cause }
    } finally {
      syncing = undefined
    }
  }
  // What comes while the disk is busy is written in one go.
  const drain = async () => {
    try {
      for (let piece = buffers.taken(); piece.length > 0; piece = buffers.taken()) {
        for (let done = 0; done < piece.length; )
          done += (await writeLater(fd, piece, done, piece.length - done)).bytesWritten
        unsynced += piece.length
        if (unsynced >= maxUnsynced) syncing ??= sync()
      }
    } catch (cause) {
      broken ??= { cause }
    } finally {
      writing = undefined
    }
  }
  const writeNow = (chunk: Uint8Array) => {
    try {
      for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done)
    } catch (cause) {
      broken ??= { cause }
    }
  }
  const take = async (chunk: Uint8Array): Promise<void> => {
    bytes += chunk.length
    if (bytes <= maxNow) writeNow(chunk)
    else
      for (let at = 0; at < chunk.length; ) {
        const put = buffers.put(chunk.subarray(at))
        at += put
        if (!broken) writing ??= drain()
        if (put === 0) await writing
        if (broken) break
      }
    // While the thread pool writes, this thread hashes.
    hash.update(chunk)
    if (broken) throw broken.cause
  }

  const end = await each(source, take)
  await writing
  await syncing
  buffers.free()
  return await explained(
    `cannot write to ${path}`,
    async () => {
      if (broken) throw broken.cause
      await datasync(fd)
      return { sha256: hash.digest('hex'), bytes, ...end }
    },
    hint,
  )
}

/** Passes every chunk on; resolves at the end, with what the source says then or with what failed. */
async function each(
  source: Source,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<Pick<Written, 'failure' | 'learned'>> {
  try {
    const learned = source instanceof Uint8Array ? await take(source) : await forEach(source, take)
    return learned ? { learned } : {}
  } catch (failure) {
    return { failure }
  }
}

// As `for await` does it, which forgets what a generator returns.
async function forEach<T, R>(source: AsyncIterable<T, R>, take: (one: T) => Promise<void>): Promise<R> {
  const iterator = source[Symbol.asyncIterator]()
  for (;;) {
    const next = await iterator.next()
    if (next.done === true) return next.value
    try {
      await take(next.value)
    } catch (error) {
      await iterator.return?.()
      throw error
    }
  }
}
