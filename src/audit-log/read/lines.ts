import { BoundedBytes, type Piece } from './bounded-bytes.ts'
import type { WordFinder } from './words.ts'

const newline = 10

/** Splits bytes that come in blocks into pieces; a piece is valid until the next `push`. */
export interface Splitter {
  /** Lines ended so far. */
  readonly lines: number
  push(block: Buffer): void
  end(): void
}

/**
 * One event a line. With a finder only the lines that hold one of its words are handed on, and the others are only
 * counted: that is most of the speed of a question. What may have lost the word is handed on too: a client can push it
 * beyond the end of a line that is cut, by a long Audit-ID or query.
 */
export class LineSplitter implements Splitter {
  lines = 0
  readonly #carry = new BoundedBytes()
  readonly #find: WordFinder | undefined
  readonly #onLine: (line: Piece) => void

  constructor(onLine: (line: Piece) => void, find?: WordFinder) {
    this.#onLine = onLine
    this.#find = find
  }

  push(block: Buffer): void {
    let start = 0
    if (this.#carry.length > 0) {
      const end = block.indexOf(newline)
      this.#carry.push(end < 0 ? block : block.subarray(0, end))
      if (end < 0) return
      this.end()
      start = end + 1
    }
    const end = block.lastIndexOf(newline) + 1
    if (end > start) {
      if (this.#find) this.#some(block, start, end, this.#find)
      else this.#all(block, start, end)
    }
    this.#carry.push(block.subarray(Math.max(start, end)))
  }

  /** The last line, where nothing ends it. */
  end(): void {
    if (this.#carry.length === 0) return
    this.lines += 1
    const piece = this.#carry.take()
    const { bytes, to } = piece
    // What is not held may have had the word.
    if (piece.tail || !this.#find || mayBeCut(bytes, 0, to) || this.#find(bytes, 0, to) >= 0)
      this.#onLine({ line: this.lines, ...piece })
  }

  #all(block: Buffer, start: number, end: number): void {
    for (let from = start; from < end; ) {
      const to = block.indexOf(newline, from)
      this.lines += 1
      if (to > from) this.#onLine({ line: this.lines, bytes: block, from, to })
      from = to + 1
    }
  }

  #some(block: Buffer, start: number, end: number, find: WordFinder): void {
    let hit = find(block, start, end)
    for (let from = start; from < end; ) {
      const to = block.indexOf(newline, from)
      this.lines += 1
      const found = hit >= 0 && hit < to
      if (found || mayBeCut(block, from, to)) this.#onLine({ line: this.lines, bytes: block, from, to })
      if (found) hit = find(block, to, end)
      from = to + 1
    }
  }
}

const eventStart = Buffer.from('{"kind":"Event"')
// Below any shipper's limit: AKS cuts at 16 KiB, CloudWatch at 256 KiB.
const shortestCut = 8 * 1024

/** An event as the API server writes it shows a cut by its last byte; in an envelope only its length hints at one. */
function mayBeCut(bytes: Buffer, from: number, to: number): boolean {
  if (to === from) return false
  const last = bytes[to - 1] === 13 ? bytes[to - 2] : bytes[to - 1]
  if (last !== 125) return true
  return (
    to - from >= shortestCut && bytes.compare(eventStart, 0, eventStart.length, from, from + eventStart.length) !== 0
  )
}
