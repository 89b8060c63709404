import { constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { genesis } from '../durable/chain.ts'
import { takeLock } from '../durable/lock.ts'
import { explained, openFile, syncDirectory } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { type CaseAppender, openEnd } from './append.ts'
import type { CaseEntry, CaseHead, Facts, Json, Kept } from './entry.ts'
import { emptyIndex, type Index, take } from './index.ts'
import { parseHead } from './head.ts'
import { openJournal } from './open-journal.ts'
import { recover } from './recover.ts'
import { journalFile } from './tag-files.ts'
import type { Source } from './write-stream.ts'
import { fileWriter } from './write-file.ts'

/** A case that is being written, locked for this process: what was recorded survives whatever happens next. */
export type Case = {
  dir: string
  head: CaseHead
  /** The hash of the journal's last line, which stands for all of them. */
  readonly journalHead: string
  /** Whether the whole of an artefact is there. */
  has(path: readonly string[]): boolean
  /** What there is, whole or cut. */
  kept(): Iterable<Kept>
  /**
   * Streams an artefact to the disk; it is recorded once the disk has it, with `meta` and what its source returns at its end. Throws what its
   * source throws: then its bytes are kept and recorded as cut. Throws SecureError `usage` where it is there already, `journal` where the disk takes no more: resume the case then.
   */
  artefact(
    path: readonly string[],
    meta: Facts,
    source: Source,
  ): Promise<{ file: string; sha256: string; bytes: number }>
  /** Writes custody/NAME.json, once. */
  document(name: string, value: Json): Promise<void>
  /** Written soon, and on the disk with what is recorded next. */
  request(facts: Facts): void
  gap(facts: Facts): Promise<void>
  alteration(facts: Facts): Promise<void>
  note(kind: string, data: Json): Promise<void>
  /** Gives the lock back. */
  close(): Promise<void>
}

/** Begins a case in a directory that is not there yet. Throws SecureError `usage` where it is, `journal` where it cannot be written. */
export async function createCase(dir: string, head: CaseHead, now: () => Date = () => new Date()): Promise<Case> {
  parseHead(JSON.stringify(head), 'the head of a case')
  await explained(`cannot make ${dir}`, async () => {
    await mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
      throw new SecureError('usage', `${dir} is there already`, {
        hint: 'Resume the case that is in it, or name another place.',
      })
    })
    await syncDirectory(dirname(dir))
    for (const room of ['custody', 'data']) await mkdir(join(dir, room), { mode: 0o700 })
  })
  const lock = await takeLock(dir, 'case', now(), `the case ${dir}`)
  const path = join(dir, journalFile)
  const handle = await openFile(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL)
  const end = openEnd(path, handle, { last: undefined, size: 0 }, now)
  const opened = caseOf({ dir, head, index: emptyIndex(), end, release: () => lock.release() })
  try {
    await opened.document('case', head)
    // Whoever goes on with the case reads it before anything is recovered.
    await explained(`cannot write to ${dir}`, () => syncDirectory(join(dir, 'custody')))
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

/**
 * Opens a case to go on with it: takes its lock, checks every line of its journal and every file, and keeps what is unfinished. Throws
 * SecureError: there is none, somebody works on it, a line is not as it was written, others may write to it.
 */
export async function openCase(dir: string, now: () => Date = () => new Date()): Promise<Case> {
  const { index, end, head, release, torn } = await openJournal(dir, now)
  try {
    await end.append({ type: 'resume', ...(torn && { torn: torn.toString('latin1') }) })
    await recover(dir, index, end, true)
    return caseOf({ dir, head, index, end, release })
  } catch (error) {
    await end.close()
    await release()
    throw error
  }
}

function caseOf(parts: {
  dir: string
  head: CaseHead
  index: Index
  end: CaseAppender
  release(): Promise<void>
}): Case {
  const { dir, head, index, end } = parts
  const { writeArtefact, writeDocument, hasWhole } = fileWriter(dir, index, end)
  const add = async (entry: CaseEntry) => {
    await end.append(entry)
    take(index, entry)
  }
  let closing: Promise<void> | undefined
  return {
    dir,
    head,
    get journalHead() {
      return end.last?.hash ?? genesis
    },
    has: hasWhole,
    kept: () => index.kept.values(),
    artefact: writeArtefact,
    document: writeDocument,
    request: (request) => {
      const entry: CaseEntry = { type: 'request', request }
      end.announce(entry)
      take(index, entry)
    },
    gap: (gap) => add({ type: 'gap', gap }),
    alteration: (alteration) => add({ type: 'alteration', alteration }),
    note: (kind, data) => add({ type: 'note', kind, data }),
    close: () => (closing ??= end.close().finally(() => parts.release())),
  }
}
