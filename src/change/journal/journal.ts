import { constants } from 'node:fs'
import { type FileHandle, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Plan } from '../plan.ts'
import { type JournalAppender, openEnd } from './append.ts'
import { checkDirectories, makeDirectory } from './directories.ts'
import type { Entry, Recorded } from './entry.ts'
import { genesis } from '../../durable/chain.ts'
import { type Lock, takeLock } from '../../durable/lock.ts'
import { journalPath } from './names.ts'
import { begun, isMissing, isThere, missing, notAsWritten } from './problems.ts'
import { readOpen } from './read.ts'
import { explained, openFile, syncDirectory } from '../../durable/storage.ts'
import { cutTornLine } from './torn.ts'

export type { Entry, Recorded } from './entry.ts'
export { lockHolder } from '../../durable/lock.ts'
export { stateDirectory } from './names.ts'
export { begunJournal, hasBegun, listJournals, readJournal } from './read.ts'

/** The write-ahead journal of one plan, locked for this process: an entry that was appended survives whatever happens next. */
export type Journal = {
  /** Of the plan. */
  id: string
  path: string
  entries: readonly Recorded[]
  /** The hash of the last line, which stands for all of them. */
  readonly head: string
  /** Resolves once the disk has it. Throws SecureError `journal`, and does so for ever after: open it again then. */
  append(entry: Entry): Promise<void>
  /** Gives the lock back. */
  close(): Promise<void>
}

/**
 * Begins the journal of a plan and takes its lock. One whose first line was never finished is begun anew: nothing was sent by it.
 * Throws SecureError: there is one already, somebody works on the plan, or the place for it cannot be written to or is not
 * ours alone.
 */
export async function createJournal(
  stateDir: string,
  plan: Plan,
  by: string,
  now: () => Date = () => new Date(),
  fromRecord?: Extract<Entry, { type: 'begin' }>['fromRecord'],
): Promise<Journal> {
  const path = journalPath(stateDir, plan.cluster.id, plan.id)
  await makeDirectory(stateDir, dirname(path))
  await checkDirectories(stateDir, dirname(path))
  return await locked(path, plan.id, now, async (lock) => {
    const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL
    const handle = await openFile(path, flags).catch(async (error: unknown) => {
      if (isThere(error)) return await openUnbegun(path, plan.id)
      throw error
    })
    const end = openEnd(path, handle, { entries: [], size: 0 }, now)
    try {
      await end.append({ type: 'begin', plan, by, ...(fromRecord && { fromRecord }) })
      await explained(`cannot write to ${dirname(path)}`, () => syncDirectory(dirname(path)))
    } catch (error) {
      // Nothing rests on it yet, and what is left would be in the way of another try.
      await end.close()
      await unlink(path).catch(() => {})
      throw error
    }
    return journalOf(plan.id, path, end, lock)
  })
}

/**
 * Opens the journal of a plan to go on with it: takes its lock, checks every line, and cuts off a last line that was never finished
 * (its bytes are kept in a file beside it). Where not even the first line was finished there is no `begin` among the entries: nothing was sent.
 * Throws SecureError: there is none, a line is not as it was written, or as {@link createJournal}.
 */
export async function openJournal(
  stateDir: string,
  clusterId: string,
  planId: string,
  now: () => Date = () => new Date(),
): Promise<Journal> {
  const path = journalPath(stateDir, clusterId, planId)
  if (!(await checkDirectories(stateDir, dirname(path)))) throw missing(path, planId)
  return await locked(path, planId, now, async (lock) => {
    const handle = await openFile(path, constants.O_RDWR | constants.O_APPEND).catch((error: unknown) => {
      throw isMissing(error) ? missing(path, planId) : error
    })
    try {
      const { bytes, entries, torn, broken } = await readOpen(path, handle)
      if (broken) throw notAsWritten(path, broken)
      const note = torn === undefined ? undefined : await cutTornLine(path, handle, bytes, torn)
      const end = openEnd(path, handle, { entries, size: torn ?? bytes.length }, now)
      if (note) await end.append(note)
      return journalOf(planId, path, end, lock)
    } catch (error) {
      await handle.close()
      throw error
    }
  })
}

/** A journal that ended in its first line, emptied; what there was of the line is kept beside it. */
async function openUnbegun(path: string, planId: string): Promise<FileHandle> {
  const handle = await openFile(path, constants.O_RDWR | constants.O_APPEND)
  try {
    const { bytes, entries, torn, broken } = await readOpen(path, handle)
    if (broken) throw notAsWritten(path, broken)
    if (entries.length > 0) throw begun(path, planId)
    if (torn !== undefined) await cutTornLine(path, handle, bytes, torn)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function locked(
  path: string,
  planId: string,
  now: () => Date,
  open: (lock: Lock) => Promise<Journal>,
): Promise<Journal> {
  const lock = await takeLock(dirname(path), planId, now())
  try {
    return await open(lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

function journalOf(id: string, path: string, end: JournalAppender, lock: Lock): Journal {
  let closing: Promise<void> | undefined
  return {
    id,
    path,
    entries: end.entries,
    get head() {
      return end.entries.at(-1)?.hash ?? genesis
    },
    append: end.append,
    close: () => (closing ??= end.close().finally(() => lock.release())),
  }
}
