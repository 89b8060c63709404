import type { Piece } from './frames.ts'
import { type SocketRow, socketsOf } from './sockets.ts'

/** A process as its files of /proc say. Text is the process's own: hostile, and what is no UTF-8 in it is replaced (the files have the bytes). */
export type ProcessRow = {
  pid: number
  parent?: number
  name?: string
  state?: string
  /** RFC 3339, by the node's clock. */
  started?: string
  uid?: number
  gid?: number
  command: string[]
  executable?: string
  sha256?: string
  /** The file that it runs has no name any more; or never had one (memfd). */
  deleted: boolean
  directory?: string
  root?: string
  /** Names of environment variables, without values. */
  environment: string[]
  files: { fd: string; target: string }[]
}
export type OwnedSocket = SocketRow & {
  /** The process whose network namespace it is of, where that is not the pod's. */
  namespaceOf?: number
  owners: { pid: number; fd: string }[]
}
export type LiveTables = { processes: ProcessRow[]; sockets: OwnedSocket[] }

// What USER_HZ is on every architecture that Kubernetes runs on.
const ticksPerSecond = 100

/** The processes and sockets that the pieces tell of, and whose each socket is. Pure. */
export function tablesOf(pieces: Piece[]): LiveTables {
  const files = new Map(pieces.map(({ path, bytes }) => [path.join('/'), bytes.toString('utf8')]))
  const pids = pieces.flatMap(({ path }) => (path[0] === 'proc' && path[2] === 'stat' ? [Number(path[1])] : []))
  const digests = digestsOf(files)
  const booted = Number(/^btime (\d+)$/m.exec(files.get('boot') ?? '')?.[1])
  const processes = pids
    .toSorted((one, other) => one - other)
    .map((pid) => processOf(pid, (name) => files.get(`proc/${pid}/${name}`) ?? '', booted, digests))
  const owners = new Map<string, OwnedSocket['owners']>()
  for (const { pid, files: open } of processes) {
    for (const { fd, target } of open) {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode === undefined) continue
      const known = owners.get(inode) ?? []
      owners.set(inode, [...known, { pid, fd }])
    }
  }
  const sockets = pieces.flatMap(({ path }) => {
    const isOther = path[0] === 'proc' && path[2] === 'net'
    if (path[0] !== 'net' && !isOther) return []
    const namespaceOf = isOther ? { namespaceOf: Number(path[1]) } : {}
    return socketsOf(path.at(-1) ?? '', files.get(path.join('/')) ?? '').map(
      (row): OwnedSocket => ({ ...row, ...namespaceOf, owners: owners.get(String(row.inode)) ?? [] }),
    )
  })
  return { processes, sockets }
}

// Of a file that several processes run the digest was taken once.
function digestsOf(files: Map<string, string>): Map<string, string> {
  const found = [...files].flatMap(([path, text]): [string, string][] => {
    const pid = /^proc\/(\d+)\/exe\.sha256$/.exec(path)?.[1]
    const digest = /^[0-9a-f]{64}/.exec(text)?.[0]
    return pid !== undefined && digest !== undefined ? [[files.get(`proc/${pid}/exe.id`) ?? '', digest]] : []
  })
  return new Map(found)
}

function processOf(
  pid: number,
  read: (name: string) => string,
  booted: number,
  digests: Map<string, string>,
): ProcessRow {
  // A name may have brackets and spaces in it: what follows the last one is the kernel's.
  const [, name, rest = ''] = /^\d+ \((.*)\) ([^)]*)$/s.exec(read('stat')) ?? []
  const fields = rest.trim().split(/\s+/)
  const started = booted + Number(fields[19]) / ticksPerSecond
  const ids = (key: string) => new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(read('status'))?.[1]
  const links = new Map(pairsOf(read('links')))
  const executable = links.get('exe')
  const sha256 = digests.get(read('exe.id'))
  const [uid, gid] = [ids('Uid'), ids('Gid')]
  const [directory, root] = [links.get('cwd'), links.get('root')]
  return {
    pid,
    ...(fields[1] !== undefined && { parent: Number(fields[1]) }),
    ...(name !== undefined && { name }),
    ...(fields[0] && { state: fields[0] }),
    ...(Number.isFinite(started) && { started: new Date(started * 1000).toISOString() }),
    ...(uid !== undefined && { uid: Number(uid) }),
    ...(gid !== undefined && { gid: Number(gid) }),
    command: listOf(read('cmdline')),
    ...(executable && { executable }),
    ...(sha256 !== undefined && { sha256 }),
    deleted: executable?.endsWith(' (deleted)') ?? false,
    ...(directory && { directory }),
    ...(root && { root }),
    environment: read('environ.names').split('\n').slice(0, -1),
    files: pairsOf(read('fd')).map(([fd, target]) => ({ fd, target })),
  }
}

function listOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\0$/, '').split('\0')
}

function pairsOf(text: string): [string, string][] {
  const words = text.split('\0')
  return Array.from({ length: Math.floor(words.length / 2) }, (_, at) => [words[at * 2] ?? '', words[at * 2 + 1] ?? ''])
}
