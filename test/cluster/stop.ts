import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeCgroups } from './cgroups.ts'
import { ClusterError, failedWith } from './cluster-error.ts'
import { abandonedFolders, type Instance, type InstanceRecord, listInstances, readRecord } from './instance.ts'
import { isRunning, killProcess } from './process-identity.ts'

/** Ends everything of an instance and removes its files. Safe to repeat, and to run from any process of this user. */
export async function removeInstance(instance: Instance): Promise<void> {
  const record = readRecord(instance)
  if (!record) return
  await endProcesses(record)
  if (record.level === 'node') await removeCgroups(instance)
  // Renamed first: a removal that is interrupted leaves the name free, and its rest for `reapStale`.
  const gone = join(dirname(instance.dir), `.gone-${randomBytes(6).toString('hex')}`)
  try {
    await rename(instance.dir, gone)
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return // someone else removes it just now
    throw error
  }
  await removeFolder(gone)
}

const removeFolder = (path: string) => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })

/** Ends the processes of an instance. All its state is thrown away, so nothing needs to end gracefully. */
async function endProcesses({ name, level, processes }: InstanceRecord): Promise<void> {
  const running = () => processes.filter(({ identity }) => isRunning(identity))
  const ended = async (ms: number) => {
    for (const deadline = Date.now() + ms; running().length > 0 && Date.now() < deadline; ) await sleep(20)
    return running().length === 0
  }
  // The first process of a node holds its namespaces, and all that runs in them ends with it: shims and pods too.
  const holder = level === 'node' ? processes.slice(0, 1) : []
  for (const { identity } of holder) killProcess(identity)
  if (holder.length > 0 && (await ended(5000))) return
  for (const { identity } of processes.toReversed()) killProcess(identity)
  if (await ended(10_000)) return
  const left = running().map((process) => `${process.name} (pid ${process.identity.pid})`)
  const next = `look at these processes, then npm run cluster -- down --name ${name}.`
  throw new ClusterError(`Still running after SIGKILL: ${left.join(', ')}.`, { next })
}

/** Whether nobody is left to use an instance: its owner has ended, or (after a reboot) all of its processes have. */
export function isStale(record: InstanceRecord): boolean {
  if (record.owner) return !isRunning(record.owner)
  return record.processes.every(({ identity }) => !isRunning(identity))
}

/** Removes what dead owners left behind. */
export async function reapStale(): Promise<string[]> {
  const stale = listInstances().filter((instance) => {
    const record = readRecord(instance)
    return record && isStale(record)
  })
  await Promise.all([...stale.map(removeInstance), ...abandonedFolders().map(removeFolder)])
  return stale.map(({ name }) => name)
}
