import { type Link, readLine } from './chain.ts'

const newline = 0x0a

/** What is in a file of chained lines. */
export type Chain<E> = {
  /** The entries up to the end, or up to what is broken. */
  entries: (E & Link)[]
  /** Where a last line without its line feed starts, as bytes: what was being written when the writer ended. */
  torn?: number
  /** The first line (from 1) that is not as it was written; all after it is worth nothing. */
  broken?: { line: number; why: string }
}

/** Reads the bytes of such a file, checking each line against its hash and the line before. */
export function readChain<E extends { type: string }>(bytes: Buffer, types: readonly E['type'][]): Chain<E> {
  const entries: (E & Link)[] = []
  let start = 0
  while (start < bytes.length) {
    const end = bytes.indexOf(newline, start)
    if (end < 0) return unfinished<E>(entries, bytes, start, types)
    const read = readLine<E>(bytes.subarray(start, end), entries.at(-1), types)
    if (typeof read === 'string') return { entries, broken: { line: entries.length + 1, why: read } }
    entries.push(read)
    start = end + 1
  }
  return { entries }
}

// A whole line whose line feed alone is another byte was finished once: to cut it off would forget what it says.
function unfinished<E extends { type: string }>(
  entries: (E & Link)[],
  bytes: Buffer,
  start: number,
  types: readonly E['type'][],
): Chain<E> {
  const whole = readLine<E>(bytes.subarray(start, -1), entries.at(-1), types)
  if (typeof whole === 'string') return { entries, torn: start }
  return { entries, broken: { line: entries.length + 1, why: 'it does not end in a line feed' } }
}
