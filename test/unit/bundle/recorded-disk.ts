import type * as Fs from 'node:fs'
import type * as Promises from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/*
 * A file system that remembers what of it is surely on the disk: bytes up to the last datasync of a file, names up to the last sync of their
 * directory. It writes through to the real one. `cutAt` makes what a power cut would leave.
 */

type Inode = { chunks: Buffer[]; length: number; durable: number }
type Name = { name: string; is: Inode | 'directory' } | { from: string; to: string }
type Directory = { names: Name[]; durable: number }
export type Disk = { files: [Inode, number, number][]; directories: [string, Name[], number][]; told: string[] }

const files = new Map<number, Inode>()
const opened = new Map<number, string>()
const byPath = new Map<string, Inode>()
const directories = new Map<string, Directory>()
const inodes: Inode[] = []
let told: string[] = []
/** How it stood after each event that changes what a power cut would leave. */
export let states: Disk[] = []

const at = (path: string): Directory => {
  const found = directories.get(path) ?? { names: [], durable: 0 }
  directories.set(path, found)
  return found
}
const changed = () =>
  void states.push({
    files: inodes.map((one) => [one, one.durable, one.length]),
    directories: [...directories].map(([path, { names, durable }]) => [path, [...names], durable]),
    told: [...told],
  })
const made = (path: string, is: Inode | 'directory') => at(dirname(path)).names.push({ name: basename(path), is })

/** Something was promised: what was told before a cut has to be there after it. */
export function tell(what: string): void {
  told.push(what)
  changed()
}

export function forget(): void {
  for (const map of [files, opened, byPath, directories]) map.clear()
  inodes.length = 0
  told = []
  states = []
}

function onOpen(fd: number, path: string, isNew: boolean): void {
  opened.set(fd, path)
  if (isNew) {
    const inode = { chunks: [], length: 0, durable: 0 }
    inodes.push(inode)
    byPath.set(path, inode)
    made(path, inode)
  }
  const inode = byPath.get(path)
  if (inode) files.set(fd, inode)
}
const onWrite = (fd: number, bytes: Uint8Array) => {
  const inode = files.get(fd)
  inode?.chunks.push(Buffer.from(bytes))
  if (inode) inode.length += bytes.length
  changed()
}
/** What was there when a sync began is there once it has ended. */
function syncing(fd: number): () => void {
  const inode = files.get(fd)
  const directory = directories.get(opened.get(fd) ?? '')
  const [length, count] = [inode?.length ?? 0, directory?.names.length ?? 0]
  return () => {
    if (inode) inode.durable = Math.max(inode.durable, length)
    if (directory) directory.durable = Math.max(directory.durable, count)
    changed()
  }
}

export function recordedFs(real: typeof Fs): typeof Fs {
  const creates = (flags: unknown) => (Number(flags) & real.constants.O_CREAT) !== 0
  const later = (work: (fd: number) => Promise<unknown>, fd: number) => {
    const done = syncing(fd)
    return work(fd).then(done)
  }
  const sync = { fsync: promisify(real.fsync), fdatasync: promisify(real.fdatasync) }
  const realWrite = promisify(real.write)
  return {
    ...real,
    openSync: ((path: string, flags: number, mode?: number) => {
      const fd = real.openSync(path, flags, mode)
      onOpen(fd, path, creates(flags))
      return fd
    }) as typeof Fs.openSync,
    closeSync: (fd) => {
      files.delete(fd)
      opened.delete(fd)
      real.closeSync(fd)
    },
    mkdirSync: ((path: string, options: Fs.MakeDirectoryOptions) => {
      const isNew = !real.existsSync(path)
      const first = real.mkdirSync(path, options)
      if (isNew) made(path, 'directory')
      return first
    }) as typeof Fs.mkdirSync,
    renameSync: ((from: string, to: string) => {
      real.renameSync(from, to)
      at(dirname(from)).names.push({ from: basename(from), to: basename(to) })
      changed()
    }) as typeof Fs.renameSync,
    writeSync: ((fd: number, bytes: Uint8Array, offset?: number | null) => {
      const from = offset ?? 0
      // Half of it, as a disk that is nearly full or a signal does it.
      const some = bytes.subarray(from, from + Math.ceil((bytes.length - from) / 2))
      const count = real.writeSync(fd, some)
      onWrite(fd, some.subarray(0, count))
      return count
    }) as typeof Fs.writeSync,
    write: Object.assign(() => {}, {
      [promisify.custom]: async (fd: number, bytes: Uint8Array, from: number, length: number) => {
        const some = bytes.subarray(from, from + length)
        const written = await realWrite(fd, some)
        onWrite(fd, some.subarray(0, written.bytesWritten))
        return written
      },
    }) as unknown as typeof Fs.write,
    fsync: Object.assign(() => {}, {
      [promisify.custom]: (fd: number) => later(sync.fsync, fd),
    }) as unknown as typeof Fs.fsync,
    fdatasync: Object.assign(() => {}, {
      [promisify.custom]: (fd: number) => later(sync.fdatasync, fd),
    }) as unknown as typeof Fs.fdatasync,
  }
}

export function recordedPromises(real: typeof Promises): typeof Promises {
  return {
    ...real,
    open: (async (path: string, flags: number, mode?: number) => {
      const handle = await real.open(path, flags, mode)
      onOpen(handle.fd, path, (flags & real.constants.O_CREAT) !== 0)
      const { fd } = handle
      const datasync = handle.datasync.bind(handle)
      handle.datasync = async () => {
        const done = syncing(fd)
        await datasync()
        done()
      }
      return handle
    }) as typeof Promises.open,
    mkdir: (async (path: string, options: Fs.MakeDirectoryOptions) => {
      const first = await real.mkdir(path, options)
      made(path, 'directory')
      return first
    }) as typeof Promises.mkdir,
  }
}

/**
 * Writes what a power cut leaves of a directory at a state: what was synced, and of what was not as much as `luck` (0 to 1, asked for each file
 * and directory) lets survive.
 */
export function cutAt(real: typeof Fs, state: Disk, from: string, to: string, luck: () => number): void {
  const some = (sure: number, all: number) => sure + Math.floor((all - sure) * luck())
  const lengths = new Map(state.files.map(([inode, durable, length]) => [inode, some(durable, length)]))
  const write = (path: string) => {
    const [, names = [], durable = 0] = state.directories.find(([one]) => one === join(from, path)) ?? []
    const there = new Map<string, Inode | 'directory'>()
    for (const one of names.slice(0, some(durable, names.length))) {
      if ('name' in one) there.set(one.name, one.is)
      else {
        const is = there.get(one.from)
        there.delete(one.from)
        if (is) there.set(one.to, is)
      }
    }
    real.mkdirSync(join(to, path), { mode: 0o700 })
    for (const [name, is] of there) {
      if (is === 'directory') write(join(path, name))
      else
        real.writeFileSync(join(to, path, name), Buffer.concat(is.chunks).subarray(0, lengths.get(is)), { mode: 0o600 })
    }
  }
  write('.')
}
