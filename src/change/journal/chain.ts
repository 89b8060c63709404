import { readLine } from '../../durable/chain.ts'
import { type Entry, entryTypes, type Recorded } from './entry.ts'

const newline = 0x0a

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
    const read = readLine<Entry>(bytes.subarray(start, end), entries.at(-1), entryTypes)
    if (typeof read === 'string') return { entries, broken: { line: entries.length + 1, why: read } }
    entries.push(read)
    start = end + 1
  }
  return { entries }
}

// A whole line whose line feed alone is another byte was finished once: to cut it off would forget what it says.
function unfinished(entries: Recorded[], bytes: Buffer, start: number): Chain {
  const whole = readLine<Entry>(bytes.subarray(start, -1), entries.at(-1), entryTypes)
  if (typeof whole === 'string') return { entries, torn: start }
  return { entries, broken: { line: entries.length + 1, why: 'it does not end in a line feed' } }
}
