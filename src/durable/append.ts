import { fstatSync, writeSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { SecureError } from '../errors.ts'
import { batched } from './batch.ts'
import { type Link, lineOf } from './chain.ts'

/** The end of a file of chained lines. */
export type Appender<E> = {
  /** Of the file's last line. */
  readonly last: Link | undefined
  /** Resolves once the disk has it. The first failure is the last: what is on the disk is unknown from then on. */
  append(entry: E): Promise<void>
  /** Writes it with the next that is appended, or soon: for what can be made out where it is lost. */
  announce(entry: E): void
  close(): Promise<void>
}

export type AppendOptions<E> = {
  now: () => Date
  /** What to throw for an entry that cannot be written. */
  refused(entry: E, why: string, cause?: unknown): SecureError
  /** Gets each entry as the disk has it. */
  onWritten?(recorded: E & Link): void
}

const closed = 'it is closed'

/** Appends to an open file; entries that wait while the disk is written to are written together, with one sync for all. */
export function openEnd<E extends { type: string }>(
  handle: FileHandle,
  found: { last: Link | undefined; size: number },
  { now, refused, onWritten }: AppendOptions<E>,
): Appender<E> {
  let { last, size } = found
  let ended: string | undefined

  const write = async (round: { entry: E; isLazy: boolean }[]): Promise<void> => {
    const added: ReturnType<typeof lineOf<E>>[] = []
    const time = now()
    for (const { entry } of round) added.push(lineOf(entry, added.at(-1)?.link ?? last, time))
    const bytes = Buffer.concat(added.map(({ line }) => line))
    const there = fstatSync(handle.fd)
    if (there.nlink === 0) throw new Error('somebody has removed the file')
    if (there.size !== size) throw new Error(`somebody else has changed the file (${there.size} bytes, not ${size})`)
    // A second write is only needed to learn why the first fell short.
    for (let done = 0; done < bytes.length; ) done += writeSync(handle.fd, bytes, done)
    if (round.some(({ isLazy }) => !isLazy)) await handle.datasync()
    size += bytes.length
    last = added.at(-1)?.link
    if (onWritten) for (const { recorded } of added) onWritten(recorded())
  }

  const lines = batched<{ entry: E; isLazy: boolean }>(async (round) => {
    if (ended !== undefined) throw new Error(ended)
    try {
      await write(round)
    } catch (error) {
      ended = error instanceof Error ? error.message : String(error)
      throw error
    }
  })

  const add = async (entry: E, isLazy: boolean): Promise<void> => {
    try {
      await lines.add({ entry, isLazy })
    } catch (cause) {
      throw refused(entry, ended ?? closed, cause)
    }
  }

  return {
    get last() {
      return last
    },
    append: async (entry) => await add(entry, false),
    announce: (entry) => void add(entry, true).catch(() => {}),
    async close() {
      await lines.idle()
      if (ended === closed) return
      ended ??= closed
      await handle.close()
    },
  }
}
