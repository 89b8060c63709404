import type { FileHandle } from 'node:fs/promises'
import type { SecureError } from '../errors.ts'
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

type Waiting<E> = { entry: E; isLazy: boolean; resolve(): void; reject(error: unknown): void }

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
  { now, refused, onWritten = () => {} }: AppendOptions<E>,
): Appender<E> {
  let { last, size } = found
  let ended: string | undefined
  let waiting: Waiting<E>[] = []
  let running: Promise<void> | undefined

  const write = async (batch: Waiting<E>[]): Promise<void> => {
    const added: (E & Link)[] = []
    const lines = batch.map(({ entry }) => {
      const { line, recorded } = lineOf(entry, added.at(-1) ?? last, now())
      added.push(recorded)
      return line
    })
    const bytes = Buffer.concat(lines)
    const there = await handle.stat()
    if (there.nlink === 0) throw new Error('somebody has removed the file')
    if (there.size !== size) throw new Error(`somebody else has changed the file (${there.size} bytes, not ${size})`)
    // A second write is only needed to learn why the first fell short.
    for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten
    if (batch.some(({ isLazy }) => !isLazy)) await handle.sync()
    size += bytes.length
    const { seq, at, prev, hash } = added.at(-1) as Link
    last = { seq, at, prev, hash }
    for (const recorded of added) onWritten(recorded)
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      let cause: unknown
      if (ended === undefined) {
        await write(batch).catch((error: unknown) => {
          cause = error
          ended = error instanceof Error ? error.message : String(error)
        })
      }
      for (const { entry, resolve, reject } of batch) {
        if (ended === undefined) resolve()
        else reject(refused(entry, ended, cause))
      }
    }
    running = undefined
  }

  const add = (entry: E, isLazy: boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ entry, isLazy, resolve, reject })
      running ??= Promise.resolve().then(run)
    })

  return {
    get last() {
      return last
    },
    append: async (entry) => await add(entry, false),
    announce: (entry) => void add(entry, true).catch(() => {}),
    async close() {
      await running
      if (ended === closed) return
      ended ??= closed
      await handle.close()
    },
  }
}
