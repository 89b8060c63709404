import type { FileHandle } from 'node:fs/promises'
import { SecureError } from '../../errors.ts'
import { lineOf } from './chain.ts'
import type { Entry, Recorded } from './entry.ts'
import { writeDurably } from '../../durable/storage.ts'

/** The end of a journal's file. */
export type Appender = {
  readonly entries: readonly Recorded[]
  append(entry: Entry): Promise<void>
  close(): Promise<void>
}

type Waiting = { entry: Entry; resolve(): void; reject(error: unknown): void }

/**
 * Appends to an open file that holds `entries`, one line after the other; those that wait while the disk is written to are written together, with
 * one sync for all. The first failure is the last: what is on the disk is unknown from then on, and only opening it again tells.
 */
export function openEnd(
  path: string,
  handle: FileHandle,
  found: { entries: Recorded[]; size: number },
  now: () => Date,
): Appender {
  const { entries } = found
  let { size } = found
  let ended: string | undefined
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  const write = async (batch: Waiting[]): Promise<void> => {
    const added: Recorded[] = []
    const lines = batch.map(({ entry }) => {
      const { line, recorded } = lineOf(entry, added.at(-1) ?? entries.at(-1), now())
      added.push(recorded)
      return line
    })
    const bytes = Buffer.concat(lines)
    const there = await handle.stat()
    if (there.nlink === 0) throw new Error('somebody has removed the file')
    if (there.size !== size) throw new Error(`somebody else has changed the file (${there.size} bytes, not ${size})`)
    await writeDurably(handle, bytes)
    size += bytes.length
    entries.push(...added)
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
        else reject(refused(path, entry, ended, cause))
      }
    }
    running = undefined
  }

  return {
    entries,
    append: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry, resolve, reject })
        running ??= Promise.resolve().then(run)
      }),
    async close() {
      await running
      if (ended !== undefined && ended === closed) return
      ended ??= closed
      await handle.close()
    },
  }
}

const closed = 'it is closed'

const meaning: Record<Entry['type'], string> = {
  begin: 'Nothing was sent to the cluster.',
  intent: 'The change it announces was not sent to the cluster.',
  result: 'The change before it was sent to the cluster: to resume the plan finds out by looking what became of it.',
  note: 'The cluster was not changed by it.',
  end: 'The changes before it are recorded.',
}

function refused(path: string, entry: Entry, why: string, cause?: unknown): SecureError {
  return new SecureError('journal', `cannot write to the journal ${path}: ${why}. ${meaning[entry.type]}`, {
    cause,
    hint: 'Make room on the disk or mend what is named, then resume the plan; nothing is sent without a journal.',
  })
}
