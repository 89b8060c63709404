import { constants } from 'node:fs'
import { type FileHandle, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Chain as ChainOf, readChain } from '../../durable/chain-file.ts'
import { checkDirectories } from './directories.ts'
import { type Entry, entryTypes } from './entry.ts'
import { clusterDirectory, isClusterId, isPlanId, journalPath } from './names.ts'
import { isMissing } from './problems.ts'
import { explained, openFile } from '../../durable/storage.ts'

type Chain = ChainOf<Entry>

/** Reads a journal as it stands, without a lock and without changing it. Throws SecureError where it cannot be read or may be made up. */
export async function readJournal(path: string): Promise<Chain> {
  await checkDirectories(dirname(dirname(path)), dirname(path))
  const handle = await openFile(path, constants.O_RDONLY)
  try {
    const { bytes: _bytes, ...chain } = await readOpen(path, handle)
    return chain
  } finally {
    await handle.close()
  }
}

/** The journals on this machine, of one cluster or of all, by path. Throws SecureError where a directory is not ours alone. */
export async function listJournals(
  stateDir: string,
  clusterId?: string,
): Promise<{ path: string; clusterId: string; planId: string }[]> {
  const clusters = clusterId === undefined ? await namesIn(stateDir) : [clusterId]
  const found: { path: string; clusterId: string; planId: string }[] = []
  for (const cluster of clusters.filter(isClusterId)) {
    const directory = clusterDirectory(stateDir, cluster)
    if (!(await checkDirectories(stateDir, directory))) continue
    for (const name of await namesIn(directory)) {
      const planId = basename(name, '.jsonl')
      if (name !== planId && isPlanId(planId)) found.push({ path: join(directory, name), clusterId: cluster, planId })
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * The journal of a plan, where anything may have been sent by it: undefined where there is none, or only a first line that was never finished. Throws as
 * {@link readJournal}.
 */
export async function begunJournal(path: string): Promise<Chain | undefined> {
  try {
    const chain = await readJournal(path)
    // What a damaged one said nobody knows.
    return chain.entries.length > 0 || chain.broken ? chain : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether anything may have been sent by a plan, as this machine's journal of it has it. Throws as {@link readJournal}. */
export async function hasBegun(stateDir: string, clusterId: string, planId: string): Promise<boolean> {
  return (await begunJournal(journalPath(stateDir, clusterId, planId))) !== undefined
}

/** The bytes and the entries of an open journal. */
export async function readOpen(path: string, handle: FileHandle): Promise<Chain & { bytes: Buffer }> {
  const bytes = await explained(`cannot read ${path}`, async () => await handle.readFile())
  return { bytes, ...checked(path, readChain<Entry>(bytes, entryTypes)) }
}

// A journal that was copied to the name of another would have a plan carried out where it was not meant to be.
function checked(path: string, chain: Chain): Chain {
  const first = chain.entries[0]
  if (first?.type !== 'begin') return chain
  const [planId, clusterId] = [basename(path, '.jsonl'), basename(dirname(path))]
  const { id, cluster } = first.plan
  if (id === planId && cluster.id === clusterId) return chain
  const why = `it is of plan ${JSON.stringify(id)} on the cluster ${JSON.stringify(cluster.id)}`
  return { entries: [], broken: { line: 1, why } }
}

async function namesIn(directory: string): Promise<string[]> {
  return await explained(`cannot list ${directory}`, async () => {
    try {
      return await readdir(directory)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  })
}
