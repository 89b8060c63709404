/** A TCP connection as ss showed it, with the counters that grow when something comes in from the other end. */
export type Moving = { local: string; remote: string; state: string; counters: Record<string, number> }
/** One look at what goes on in the network namespace. */
export type Look = { atMs: number; sockets: Moving[]; sent: Map<string, number> }
export type SeverLog = {
  action: 'cut' | 'release'
  /** What the script says stopped it. */
  failed?: string
  before?: number
  destroyed?: number
  cut: string[]
  /** Interfaces that this plan has cut before. */
  already: string[]
  released: string[]
  /** Interfaces that another plan still holds cut. */
  held: string[]
  looks: Look[]
  /** Packet sockets that were open at the end, as lines of /proc/net/packet. */
  packet: string[]
}

/**
 * Reads what the script of sever-script.ts said. Undefined for anything but a whole log of it: a script that was killed, a line too
 * many, a number that is none. Half an answer would be read as a success.
 */
export function parseSeverLog(text: string): SeverLog | undefined {
  const lines = text.split('\n')
  if (lines.pop() !== '' || lines.pop() !== '@end') return undefined
  const action = /^@kubectl-secure (cut|release) 1$/.exec(lines.shift() ?? '')?.[1]
  if (action !== 'cut' && action !== 'release') return undefined
  const log: SeverLog = { action, cut: [], already: [], released: [], held: [], looks: [], packet: [] }
  while (lines.length > 0) {
    const [, name = '', value = ''] = /^@(\w+)(?: (.*))?$/.exec(lines.shift() ?? '') ?? []
    const block = blocks.has(name) ? blockOf(lines) : []
    if (block === undefined || !take(log, name, value, block)) return undefined
  }
  return log
}

const blocks = new Set(['sockets', 'counters', 'packet'])

function blockOf(lines: string[]): string[] | undefined {
  const end = lines.indexOf('@')
  if (end < 0) return undefined
  return lines.splice(0, end + 1).slice(0, -1)
}

function take(log: SeverLog, name: string, value: string, block: string[]): boolean {
  const last = log.looks.at(-1)
  switch (name) {
    case 'failed':
      log.failed = value
      return true
    case 'before':
    case 'destroyed':
      if (!/^\d{1,12}$/.test(value)) return false
      log[name] = Number(value)
      return true
    case 'cut':
    case 'already':
    case 'released':
    case 'held':
      log[name].push(value)
      return value !== ''
    case 'look':
      if (!/^\d{1,12}\.\d\d$/.test(value)) return false
      log.looks.push({ atMs: Math.round(Number(value) * 1000), sockets: [], sent: new Map() })
      return true
    case 'sockets': {
      const sockets = parseSockets(block)
      if (!last || !sockets) return false
      last.sockets = sockets
      return true
    }
    case 'counters': {
      const sent = parseCounters(block)
      if (!last || !sent) return false
      last.sent = sent
      return true
    }
    case 'packet':
      log.packet = block
      return true
    default:
      return false
  }
}

/** What `ss -Htni` prints: a line a connection, and its details on an indented line after it (or on the same, as older ones do). */
export function parseSockets(lines: string[]): Moving[] | undefined {
  const sockets: Moving[] = []
  for (const line of lines) {
    if (line.trim() === '') continue
    const found = /^([A-Z][A-Z\d-]*)\s+\d+\s+\d+\s+(\S+:\S+)\s+(\S+:\S+)(.*)$/.exec(line)
    const socket = found
      ? { state: found[1] ?? '', local: found[2] ?? '', remote: found[3] ?? '', counters: {} }
      : sockets.at(-1)
    if (!socket || (!found && !/^\s/.test(line))) return undefined
    if (found) sockets.push(socket)
    const details = found ? (found[4] ?? '') : line
    for (const [, name = '', value = ''] of details.matchAll(
      /(?:^|\s)(bytes_acked|bytes_received|segs_in):(\d+)(?=\s|$)/g,
    ))
      socket.counters[name] = Number(value)
  }
  return sockets
}

/** Packets that each interface but loopback has sent, of the lines of /proc/net/dev. */
export function parseCounters(lines: string[]): Map<string, number> | undefined {
  const sent = new Map<string, number>()
  for (const line of lines) {
    const [, name = '', rest = ''] = /^\s*([^\s:]+):\s*((?:\d+\s+){15}\d+)\s*$/.exec(line) ?? []
    if (name === '') return undefined
    if (name !== 'lo') sent.set(name, Number(rest.split(/\s+/)[9]))
  }
  return sent
}
