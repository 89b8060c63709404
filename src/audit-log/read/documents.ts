import { BoundedBytes, type Piece } from './bounded-bytes.ts'
import type { Splitter } from './lines.ts'
import { eventLists } from './unwrap.ts'

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket, newline] = [34, 92, 123, 125, 91, 93, 10]

/**
 * Whether a file is not one event a line: a JSON array, an object with a list of events (EventList, `aws logs`), or JSON
 * printed over several lines. `start` is the beginning of its text.
 */
export function isDocument(start: string): boolean {
  if (/^\s*\[/.test(start) || /^\s*\{\s*\n/.test(start)) return true
  // Short fields, then the list.
  const match =
    /^\s*\{(?:\s*"[^"]{1,40}"\s*:\s*(?:"[^"]{0,80}"|\{[^{}]{0,400}\}|\d+|null)\s*,){0,8}\s*"(\w+)"\s*:\s*\[/.exec(start)
  return eventLists.includes(match?.[1] ?? '')
}

/**
 * Splits JSON documents into the objects of their list, or into themselves where they have none, without ever holding a
 * whole document.
 */
export class DocumentSplitter implements Splitter {
  lines = 0
  readonly #onRecord: (record: Piece) => void
  readonly #held = new BoundedBytes()
  #line = 0
  #depth = 0
  /** The depth outside of the record that is being read; undefined between records. */
  #base: number | undefined
  /** The depth of the list whose objects are records; undefined as long as no list was seen. */
  #list: number | undefined
  #inString = false
  #escaped = false
  #key = ''
  /** The string that the last block ended in the middle of, as far as it may be a key. */
  #begun = ''

  constructor(onRecord: (record: Piece) => void) {
    this.#onRecord = onRecord
  }

  push(block: Buffer): void {
    let from = 0 // where the part of the record begins that is not held yet
    let word = 0 // where the string began
    for (let at = 0; at < block.length; at++) {
      const byte = block[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) {
          this.#inString = false
          if (this.#depth === 1) this.#key = this.#begun + block.toString('latin1', word, Math.min(at, word + 20))
          this.#begun = ''
        }
      } else if (byte === quote) {
        this.#inString = true
        word = at + 1
      } else if (byte === newline) {
        this.lines += 1
      } else if (byte === openBrace || byte === openBracket) {
        if (byte === openBracket && this.#opensList()) this.#base = undefined
        else if (byte === openBrace && this.#base === undefined && this.#startsRecord()) {
          this.#base = this.#depth
          this.#line = this.lines + 1
          from = at
        }
        this.#depth += 1
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth = Math.max(0, this.#depth - 1)
        if (this.#base === this.#depth && byte === closeBrace) this.#emit(block.subarray(from, at + 1))
        if (this.#list !== undefined && this.#depth < this.#list) this.#list = undefined
      }
    }
    if (this.#inString && this.#begun.length < 20) this.#begun += block.toString('latin1', word, word + 20)
    if (this.#base !== undefined) this.#held.push(block.subarray(from))
  }

  /** What was begun and not ended: a file that was cut. */
  end(): void {
    if (this.#base !== undefined) this.#emit(Buffer.alloc(0))
    this.lines += 1
  }

  #opensList(): boolean {
    const opens =
      this.#list === undefined && (this.#depth === 0 || (this.#depth === 1 && eventLists.includes(this.#key)))
    if (opens) {
      this.#list = this.#depth + 1
      this.#held.clear()
    }
    return opens
  }

  #startsRecord(): boolean {
    return this.#depth === (this.#list ?? 0)
  }

  #emit(rest: Buffer): void {
    this.#held.push(rest)
    this.#base = undefined
    this.#onRecord({ line: this.#line, ...this.#held.take() })
  }
}
