import type { FileHandle } from 'node:fs/promises'
import { genesis, type Link, lineOf } from '../durable/chain.ts'
import { SecureError } from '../errors.ts'
import type { CaseEntry } from './entry.ts'

/** The end of a case's journal. */
export type Appender = {
  readonly head: string
  /** Resolves once the disk has it. Throws SecureError `journal`, and does so for ever after: open the case again then. */
  append(entry: CaseEntry): Promise<void>
  /** Writes it with the next that is appended, or soon: where it is lost, what it announces can be made out. */
  announce(entry: CaseEntry): void
  close(): Promise<void>
}

type Waiting = { entry: CaseEntry; isLazy: boolean; resolve(): void; reject(error: unknown): void }

/** Appends to an open journal. Entries that wait while the disk is written to are written together, with one sync for all. */
export function openEnd(
  path: string,
  handle: FileHandle,
  found: { last: Link | undefined; size: number },
  now: () => Date,
): Appender {
  let { last, size } = found
  let ended: { why: string; cause?: unknown } | undefined
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  const refused = () =>
    new SecureError('journal', `cannot write to the journal ${path}: ${ended?.why}`, {
      cause: ended?.cause,
      hint: 'What was recorded before it is safe. Make room on the disk or mend what is named, then resume the case.',
    })

  const write = async (batch: Waiting[]) => {
    if (ended) throw refused()
    let end = last
    const lines = batch.map(({ entry }) => {
      const { line, recorded } = lineOf(entry, end, now())
      end = { seq: recorded.seq, at: recorded.at, prev: recorded.prev, hash: recorded.hash }
      return line
    })
    const bytes = Buffer.concat(lines)
    try {
      const there = await handle.stat()
      if (there.nlink === 0) throw new Error('somebody has removed the file')
      if (there.size !== size) throw new Error(`somebody else has changed the file (${there.size} bytes, not ${size})`)
      for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten
      if (batch.some(({ isLazy }) => !isLazy)) await handle.datasync()
    } catch (cause) {
      ended = { why: cause instanceof Error ? cause.message : String(cause), cause }
      throw refused()
    }
    size += bytes.length
    last = end
  }

  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await write(batch)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = undefined
  }

  const add = (entry: CaseEntry, isLazy: boolean) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ entry, isLazy, resolve, reject })
      running ??= run()
    })

  return {
    get head() {
      return last?.hash ?? genesis
    },
    append: (entry) => add(entry, false),
    announce: (entry) => void add(entry, true).catch(() => {}),
    async close() {
      await running
      ended ??= { why: 'it is closed' }
      await handle.close()
    },
  }
}
