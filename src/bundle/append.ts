import type { FileHandle } from 'node:fs/promises'
import { type Appender, openEnd as openChain } from '../durable/append.ts'
import type { Link } from '../durable/chain.ts'
import { SecureError } from '../errors.ts'
import type { CaseEntry } from './entry.ts'

/** The end of a case's journal. After a failure the case has to be opened again: it throws SecureError `journal` for ever. */
export type CaseAppender = Appender<CaseEntry>

export function openEnd(
  path: string,
  handle: FileHandle,
  found: { last: Link | undefined; size: number },
  now: () => Date,
): CaseAppender {
  return openChain<CaseEntry>(handle, found, {
    now,
    refused: (_entry, why, cause) =>
      new SecureError('journal', `cannot write to the journal ${path}: ${why}`, {
        cause,
        hint: 'What was recorded before it is safe. Make room on the disk or mend what is named, then resume the case.',
      }),
  })
}
