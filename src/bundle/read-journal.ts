import { createHash } from 'node:crypto'
import { type Link, readLine } from '../durable/chain.ts'
import { type CaseEntry, entryTypes, type Recorded } from './entry.ts'
import { splitLines } from './lines.ts'

// A request or an artefact's meta is a few hundred bytes.
const maxLine = 16 * 1024 * 1024

export type JournalEnd = {
  /** The last line that is as it was written. */
  last: Link | undefined
  lines: number
  /** Of all bytes. */
  sha256: string
  bytes: number
  /** A last line without its line feed: what was being written when the writer ended. */
  torn?: Buffer
  /** The first line (from 1) that is not as it was written; all after it is worth nothing. */
  broken?: { line: number; why: string }
}

/**
 * Reads a case's journal as a stream, checks each line against its hash and the line before, and passes it on; what `take` says against
 * a line breaks the journal there. All bytes are read and hashed in any case.
 */
export async function readJournal(
  source: AsyncIterable<Buffer>,
  take: (entry: Recorded) => string | undefined,
): Promise<JournalEnd> {
  const hash = createHash('sha256')
  let bytes = 0
  async function* hashed() {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  let last: Link | undefined
  let lines = 0
  let torn: Buffer | undefined
  let broken: { line: number; why: string } | undefined
  for await (const { line, isWhole, isCut } of splitLines(hashed(), maxLine)) {
    if (broken) continue
    const read = isCut ? `it is longer than ${maxLine} bytes` : readLine<CaseEntry>(line, last, entryTypes)
    if (!isWhole && !isComplete(line, last)) torn = line
    else if (!isWhole) broken = { line: lines + 1, why: 'it does not end in a line feed' }
    else if (typeof read === 'string') broken = { line: lines + 1, why: read }
    else {
      const against = take(read)
      if (against === undefined) {
        const { seq, at, prev, hash: own } = read
        last = { seq, at, prev, hash: own }
        lines++
      } else broken = { line: lines + 1, why: against }
    }
  }
  return { last, lines, sha256: hash.digest('hex'), bytes, ...(torn && { torn }), ...(broken && { broken }) }
}

// A whole line whose line feed alone is another byte was finished once: to cut it off would forget what it says.
function isComplete(line: Buffer, last: Link | undefined): boolean {
  return typeof readLine<CaseEntry>(line.subarray(0, -1), last, entryTypes) !== 'string'
}
