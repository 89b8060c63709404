import { createHash } from 'node:crypto'

/** What chains a line of a record to the one before: `prev` is its hash, `hash` is SHA-256 in hex over `prev` and this line. */
export type Link = { seq: number; at: string; prev: string; hash: string }

/** What the first line has for `prev`. */
export const genesis = '0'.repeat(64)

// The hash comes last in a line and has a fixed length, so that it covers the very bytes before it.
const suffixStart = ',"hash":"'
const suffixLength = suffixStart.length + 64 + '"}'.length
const suffix = /^,"hash":"([0-9a-f]{64})"\}$/

/** The line for an entry that follows `last`, with its line feed; its link; and the entry as a reader of that line gets it. */
export function lineOf<E extends { type: string }>(
  entry: E,
  last: Link | undefined,
  at: Date,
): { line: Buffer; link: Link; recorded(): E & Link } {
  const head = { seq: (last?.seq ?? 0) + 1, at: at.toISOString() }
  const prev = last?.hash ?? genesis
  const covered = Buffer.from(JSON.stringify({ ...head, ...entry, prev }).slice(0, -1))
  const hash = hashOf(prev, covered)
  const line = Buffer.concat([covered, Buffer.from(`${suffixStart}${hash}"}\n`)])
  return { line, link: { ...head, prev, hash }, recorded: () => JSON.parse(line.toString('utf8')) as E & Link }
}

/** Reads a line, without its line feed, that has to follow `last` and to be of one of these types; or tells why it is not as it was written. */
export function readLine<E extends { type: string }>(
  line: Buffer,
  last: Link | undefined,
  types: readonly E['type'][],
): (E & Link) | string {
  const covered = line.subarray(0, -suffixLength)
  const hash = suffix.exec(line.subarray(-suffixLength).toString('latin1'))?.[1]
  if (hash === undefined) return 'it does not end in a hash'
  const prev = last?.hash ?? genesis
  if (hashOf(prev, covered) !== hash) return 'its hash is not that of its content after the line before'
  const entry = parsed(line) as (E & Link) | undefined
  if (!entry || !types.includes(entry.type)) return 'it is no entry that this version knows'
  if (entry.seq !== (last?.seq ?? 0) + 1 || entry.prev !== prev) return 'it does not follow the line before'
  return entry
}

function parsed(line: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function hashOf(prev: string, covered: Buffer): string {
  return createHash('sha256').update(prev).update('\n').update(covered).digest('hex')
}
