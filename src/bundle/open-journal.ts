import { constants } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { takeLock } from '../durable/lock.ts'
import { checkOwner, explained, openFile, unsafe } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { type CaseAppender, openEnd } from './append.ts'
import type { CaseHead } from './entry.ts'
import { readChunks } from './hash-file.ts'
import { parseHead } from './head.ts'
import { emptyIndex, type Index, take } from './index.ts'
import { type JournalEnd, readJournal } from './read-journal.ts'
import { journalFile } from './tag-files.ts'

export type OpenJournal = {
  index: Index
  end: CaseAppender
  head: CaseHead
  read: JournalEnd
  torn: Buffer | undefined
  release(): Promise<void>
}

/** The journal of a case, locked and ready to be appended to; a torn last line is cut off. Throws SecureError `journal`. */
export async function openJournal(dir: string, now: () => Date): Promise<OpenJournal> {
  const path = join(dir, journalFile)
  await checkDirectory(dir)
  const lock = await takeLock(dir, 'case', now(), `the case ${dir}`)
  try {
    const index = emptyIndex()
    const read = await readJournal(readChunks(path), (entry) => take(index, entry))
    if (read.broken) throw notAsWritten(path, read.broken)
    const handle = await openFile(path, constants.O_RDWR | constants.O_APPEND)
    const size = read.bytes - (read.torn?.length ?? 0)
    try {
      if (!index.documents.has('custody/case.json')) throw notBegun(dir)
      if (read.torn) {
        await explained(`cannot cut the unfinished last line off ${path}`, async () => {
          await handle.truncate(size)
          await handle.datasync()
        })
      }
      const end = openEnd(path, handle, { last: read.last, size }, now)
      const release = () => lock.release()
      return { index, end, head: await readHead(dir), read, torn: read.torn, release }
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function checkDirectory(dir: string): Promise<void> {
  const found = await explained(`there is no case ${dir}`, () => lstat(dir))
  if (!found.isDirectory()) throw unsafe(dir, found.isSymbolicLink() ? 'it is a link' : 'it is not a directory')
  checkOwner(dir, found)
}

async function readHead(dir: string): Promise<CaseHead> {
  const name = join(dir, 'custody/case.json')
  const parts: Buffer[] = []
  for await (const part of readChunks(name)) parts.push(part)
  return parseHead(Buffer.concat(parts).toString('utf8'), name)
}

function notAsWritten(path: string, { line, why }: { line: number; why: string }): SecureError {
  return new SecureError('journal', `${path}, line ${line}, is not as it was written: ${why}`, {
    hint: 'The file was changed or the disk has failed. Keep the directory as it is, and begin a new case beside it.',
  })
}

function notBegun(dir: string): SecureError {
  return new SecureError('journal', `nothing was recorded in ${dir}: the case ended as it began`, {
    hint: 'Remove the directory and begin again.',
  })
}
