import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError, failedWith } from './cluster-error.ts'
import type { Level } from './components.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** What is written down of an instance, so that any later process can use it or take it away. */
export interface InstanceRecord {
  name: string
  level: Level
  /** Whoever must be alive for the instance to stay; none for one that `npm run cluster -- up` left running. */
  owner: ProcessIdentity | undefined
  /** Everything to end, in the order it was started. */
  processes: { name: string; identity: ProcessIdentity }[]
  port: number
  ready: boolean
  startedAt: string
  /** What this instance lacks, such as a controller manager. */
  notes: string[]
}

export interface Instance {
  name: string
  dir: string
}

const uid = (): number => process.getuid?.() ?? 0

/** The folder of all instances of this user. */
export function instancesRoot(): string {
  const root = join(tmpdir(), `kubectl-secure-cluster-${uid()}`)
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const stat = lstatSync(root)
  // The temporary folder is shared: someone else's folder of this name would hand them our keys.
  if (!stat.isDirectory() || stat.uid !== uid() || stat.mode & 0o077)
    throw new ClusterError(`${root} is not a private folder of yours.`, { next: 'remove it, or set TMPDIR.' })
  return root
}

/** Makes the folder of a new instance; fails if the name is taken. */
export function createInstance(name: string, level: Level, owner: ProcessIdentity | undefined): Instance {
  if (!/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name))
    throw new ClusterError(`"${name}" cannot name a cluster.`, { next: 'use up to 30 of a-z, 0-9 and -.' })
  const root = instancesRoot()
  const instance = { name, dir: join(root, name) }
  // Made aside and renamed, so that nobody ever meets an instance without its record.
  const aside = { name, dir: join(root, `.new-${randomBytes(6).toString('hex')}`) }
  for (const sub of ['log', 'conf', 'pki', 'bin', 'home', 'users']) mkdirSync(join(aside.dir, sub), { recursive: true })
  const startedAt = new Date().toISOString()
  writeRecord(aside, { name, level, owner, processes: [], port: 0, ready: false, startedAt, notes: [] })
  try {
    renameSync(aside.dir, instance.dir)
  } catch (error) {
    rmSync(aside.dir, { recursive: true, force: true })
    if (!failedWith(error, 'ENOTEMPTY') && !failedWith(error, 'EEXIST')) throw error
    throw new ClusterError(`A cluster named ${name} is there already.`, {
      next: `npm run cluster -- down --name ${name}, or choose another --name.`,
      cause: error,
    })
  }
  return instance
}

/** Every instance of this user, running or left over. */
export function listInstances(): Instance[] {
  const root = instancesRoot()
  const names = readdirSync(root).filter((name) => !name.startsWith('.'))
  return names.map((name) => ({ name, dir: join(root, name) })).filter((instance) => readRecord(instance))
}

/** Folders that were being made or removed when that was interrupted, more than a minute ago. */
export function abandonedFolders(): string[] {
  const folders = readdirSync(instancesRoot()).filter((name) => name.startsWith('.'))
  const age = (folder: string) => Date.now() - (lstatSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? Date.now())
  return folders.map((name) => join(instancesRoot(), name)).filter((folder) => age(folder) > 60_000)
}

/** The instance of this name, if there is one. */
export function findInstance(name: string): Instance | undefined {
  return listInstances().find((instance) => instance.name === name)
}

/** The record of an instance; undefined once it is gone. */
export function readRecord(instance: Instance): InstanceRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(instance.dir, 'instance.json'), 'utf8')) as InstanceRecord
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Changes the record in one step, so that a reader never sees half of it. */
export function updateRecord(instance: Instance, change: (record: InstanceRecord) => Partial<InstanceRecord>): void {
  const record = readRecord(instance)
  if (!record) throw new ClusterError(`The cluster ${instance.name} is gone.`, { why: 'Someone else took it down.' })
  writeRecord(instance, { ...record, ...change(record) })
}

function writeRecord(instance: Instance, record: InstanceRecord): void {
  const file = join(instance.dir, 'instance.json')
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 1)}\n`)
  renameSync(`${file}.new`, file)
}
