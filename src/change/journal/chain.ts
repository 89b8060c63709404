import { createHash } from 'node:crypto'
import { type Entry, entryTypes, type Recorded } from './entry.ts'

/** What the first line has for `prev`. */
export const genesis = '0'.repeat(64)

// The hash comes last in a line and has a fixed length, so that it covers the very bytes before it.
const suffixStart = ',"hash":"'
const suffixLength = suffixStart.length + 64 + '"}'.length
const suffix = /^,"hash":"([0-9a-f]{64})"\}$/
const newline = 0x0a

/** The line for an entry that follows `last`, with its line feed; and the entry as a reader of that line gets it. */
export function lineOf(entry: Entry, last: Recorded | undefined, at: Date): { line: Buffer; recorded: Recorded } {
  const head = { seq: (last?.seq ?? 0) + 1, at: at.toISOString() }
  const prev = last?.hash ?? genesis
  const covered = Buffer.from(JSON.stringify({ ...head, ...entry, prev }).slice(0, -1))
  const line = Buffer.concat([covered, Buffer.from(`${suffixStart}${hashOf(prev, covered)}"}\n`)])
  return { line, recorded: JSON.parse(line.toString('utf8')) as Recorded }
}

export type Chain = {
  /** The entries up to the end, or up to what is broken. */
  entries: Recorded[]
  /** Where a last line without its line feed starts, as bytes: what was being written when the writer ended. */
  torn?: number
  /** The first line (from 1) that is not as it was written; all after it is worth nothing. */
  broken?: { line: number; why: string }
}

/** Reads a journal's bytes, checking each line against its hash and the line before. */
export function readChain(bytes: Buffer): Chain {
  const entries: Recorded[] = []
  let start = 0
  while (start < bytes.length) {
    const end = bytes.indexOf(newline, start)
    if (end < 0) return unfinished(entries, bytes, start)
    const read = readLine(bytes.subarray(start, end), entries.at(-1))
    if (typeof read === 'string') return { entries, broken: { line: entries.length + 1, why: read } }
    entries.push(read)
    start = end + 1
  }
  return { entries }
}

// A whole line whose line feed alone is another byte was finished once: to cut it off would forget what it says.
function unfinished(entries: Recorded[], bytes: Buffer, start: number): Chain {
  const whole = readLine(bytes.subarray(start, -1), entries.at(-1))
  if (typeof whole === 'string') return { entries, torn: start }
  return { entries, broken: { line: entries.length + 1, why: 'it does not end in a line feed' } }
}

// A Recorded, or why it is none.
function readLine(line: Buffer, last: Recorded | undefined): Recorded | string {
  const covered = line.subarray(0, -suffixLength)
  const hash = suffix.exec(line.subarray(-suffixLength).toString('latin1'))?.[1]
  if (hash === undefined) return 'it does not end in a hash'
  const prev = last?.hash ?? genesis
  if (hashOf(prev, covered) !== hash) return 'its hash is not that of its content after the line before'
  const entry = parsed(line)
  if (!entry || !entryTypes.includes(entry.type)) return 'it is no entry that this version knows'
  if (entry.seq !== (last?.seq ?? 0) + 1 || entry.prev !== prev) return 'it does not follow the line before'
  return entry
}

function parsed(line: Buffer): Recorded | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Recorded) : undefined
  } catch {
    return undefined
  }
}

function hashOf(prev: string, covered: Buffer): string {
  return createHash('sha256').update(prev).update('\n').update(covered).digest('hex')
}
