import type { FileHandle } from 'node:fs/promises'
import { type Appender, openEnd as openChain } from '../../durable/append.ts'
import { SecureError } from '../../errors.ts'
import type { Entry, Recorded } from './entry.ts'

/** The end of a journal's file, with all that is in it. */
export type JournalAppender = Pick<Appender<Entry>, 'append' | 'close'> & { readonly entries: readonly Recorded[] }

/** Appends to an open file that holds `entries`. */
export function openEnd(
  path: string,
  handle: FileHandle,
  { entries, size }: { entries: Recorded[]; size: number },
  now: () => Date,
): JournalAppender {
  const { append, close } = openChain<Entry>(
    handle,
    { last: entries.at(-1), size },
    {
      now,
      refused: (entry, why, cause) =>
        new SecureError('journal', `cannot write to the journal ${path}: ${why}. ${meaning[entry.type]}`, {
          cause,
          hint: 'Make room on the disk or mend what is named, then resume the plan; nothing is sent without a journal.',
        }),
      onWritten: (recorded) => void entries.push(recorded),
    },
  )
  return { entries, append, close }
}

const meaning: Record<Entry['type'], string> = {
  begin: 'Nothing was sent to the cluster.',
  intent: 'The change it announces was not sent to the cluster.',
  result: 'The change before it was sent to the cluster: to resume the plan finds out by looking what became of it.',
  note: 'The cluster was not changed by it.',
  end: 'The changes before it are recorded.',
}
