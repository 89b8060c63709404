import { constants } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkDirectories, makeDirectory } from '../../change/journal/directories.ts'
import { clusterDirectory, isPlanId } from '../../change/journal/names.ts'
import { cutTornLine } from '../../change/journal/torn.ts'
import { type Appender, openEnd } from '../../durable/append.ts'
import { type Chain, readChain } from '../../durable/chain-file.ts'
import { takeLock } from '../../durable/lock.ts'
import { explained, openFile, syncDirectory } from '../../durable/storage.ts'
import { SecureError } from '../../errors.ts'
import { type Entry, entryTypes, type Recorded } from './entry.ts'

/** The journal of a run, locked for this process; what was appended survives whatever happens next. */
export type RunJournal = {
  runId: string
  /** Of all that belongs to the run: evidence, plans, reports. */
  folder: string
  entries: readonly Recorded[]
  append(entry: Entry): Promise<void>
  close(): Promise<void>
}

const file = 'journal.jsonl'

/** Where a run keeps what belongs to it. Throws SecureError `usage` for an id that is none. */
export function runFolder(stateDir: string, clusterId: string, runId: string): string {
  if (!isPlanId(runId)) throw new SecureError('usage', `${JSON.stringify(runId)} is not the id of a run`)
  return join(runsFolder(stateDir, clusterId), runId)
}

/** Where the runs on a cluster are. */
export function runsFolder(stateDir: string, clusterId: string): string {
  return join(clusterDirectory(stateDir, clusterId), 'runs')
}

/** Begins the journal of a run, once `prepare` has put beside it what the run cannot go on without. Throws SecureError `journal`. */
export async function createRunJournal(
  stateDir: string,
  begin: Extract<Entry, { type: 'begin' }>,
  now: () => Date,
  prepare: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<RunJournal> {
  const folder = runFolder(stateDir, begin.cluster.id, begin.runId)
  await makeDirectory(stateDir, clusterDirectory(stateDir, begin.cluster.id))
  await makeDirectory(stateDir, folder)
  const journal = await opened(folder, begin.runId, now, constants.O_CREAT | constants.O_EXCL)
  try {
    await explained(`cannot write to ${folder}`, async () => await prepare(folder))
    await journal.append(begin)
    await explained(`cannot write to ${folder}`, async () => {
      await syncDirectory(folder)
      await syncDirectory(dirname(folder))
    })
    return journal
  } catch (error) {
    await journal.close()
    throw error
  }
}

/** Opens it to go on. Throws SecureError: `not-found`, or `journal` where a line is not as it was written or somebody works on it. */
export async function openRunJournal(
  stateDir: string,
  clusterId: string,
  runId: string,
  now: () => Date,
): Promise<RunJournal> {
  const folder = runFolder(stateDir, clusterId, runId)
  if (!(await checkDirectories(stateDir, folder)))
    throw new SecureError('not-found', `there is no run ${runId} of a playbook on this machine`, {
      hint: 'kubectl secure playbook runs lists them',
    })
  return await opened(folder, runId, now, 0)
}

/** Reads it as it stands, without a lock and without changing it. */
export async function readRunJournal(folder: string): Promise<Chain<Entry>> {
  const handle = await openFile(join(folder, file), constants.O_RDONLY)
  try {
    return readChain<Entry>(await handle.readFile(), entryTypes)
  } finally {
    await handle.close()
  }
}

async function opened(folder: string, runId: string, now: () => Date, flags: number): Promise<RunJournal> {
  const path = join(folder, file)
  const lock = await takeLock(folder, runId, now(), `run ${runId}`)
  try {
    const handle = await openFile(path, constants.O_RDWR | constants.O_APPEND | flags)
    try {
      const bytes = await explained(`cannot read ${path}`, async () => await handle.readFile())
      const { entries, torn, broken } = readChain<Entry>(bytes, entryTypes)
      if (broken) throw notAsWritten(path, broken)
      const note = torn === undefined ? undefined : await cutTornLine(path, handle, bytes, torn)
      const end: Appender<Entry> = openEnd<Entry>(
        handle,
        { last: entries.at(-1), size: torn ?? bytes.length },
        {
          now,
          refused: (_entry, why, cause) =>
            new SecureError('journal', `cannot write to ${path}: ${why}. Nothing more is done in this run`, {
              cause,
              hint: `Make room on the disk or mend what is named, then: kubectl secure playbook resume ${runId}`,
            }),
          onWritten: (recorded) => void entries.push(recorded),
        },
      )
      if (note?.type === 'note') await end.append(note)
      return {
        runId,
        folder,
        entries,
        append: end.append,
        close: async () => await end.close().finally(lock.release),
      }
    } catch (error) {
      await handle.close()
      throw error
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

function notAsWritten(path: string, { line, why }: { line: number; why: string }): SecureError {
  return new SecureError('journal', `${path}, line ${line}, is not as it was written: ${why}`, {
    hint: 'The file was changed or the disk has failed, so nothing is done by it. The changes of the run are known one by one: kubectl secure status.',
  })
}
