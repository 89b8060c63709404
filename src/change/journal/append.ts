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

/**
 * Appends to an open file that holds `entries`, one line after the other whoever asks. The first failure is the last: what is on the disk
 * is unknown from then on, and only opening it again tells.
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
  let queue: Promise<unknown> = Promise.resolve()

  const write = async (entry: Entry): Promise<void> => {
    if (ended !== undefined) throw refused(path, entry, ended)
    const { line, recorded } = lineOf(entry, entries.at(-1), now())
    try {
      const there = await handle.stat()
      if (there.nlink === 0) throw new Error('somebody has removed the file')
      if (there.size !== size) throw new Error(`somebody else has changed the file (${there.size} bytes, not ${size})`)
      await writeDurably(handle, line)
    } catch (cause) {
      ended = cause instanceof Error ? cause.message : String(cause)
      throw refused(path, entry, ended, cause)
    }
    size += line.length
    entries.push(recorded)
  }

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work)
    queue = turn.catch(() => {})
    return turn
  }

  return {
    entries,
    append: (entry) => inTurn(() => write(entry)),
    close: () =>
      inTurn(async () => {
        ended ??= 'it is closed'
        await handle.close()
      }),
  }
}

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
