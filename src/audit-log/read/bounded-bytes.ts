/** A piece with more bytes is not held: its beginning and its end are, where an event has all but its bodies. */
const longestPiece = 8 * 1024 * 1024
const keptHead = 256 * 1024
const keptTail = 64 * 1024

/** A line, or a record of a JSON document: where it stands in `bytes`. Of one too long that is the beginning, and `tail` the end. */
export type Piece = { line: number; bytes: Buffer; from: number; to: number; tail?: Buffer }

/** Collects the parts of one piece, in bounded memory whatever its length. */
export class BoundedBytes {
  #parts: Buffer[] = []
  #length = 0
  #long: { head: Buffer; tail: Buffer } | undefined

  get length(): number {
    return this.#length
  }

  /** Adds a part; it is copied, since whoever reads uses the block again. */
  push(part: Buffer): void {
    this.#length += part.length
    if (this.#long) {
      this.#long.tail = Buffer.concat([this.#long.tail, part.subarray(-keptTail)]).subarray(-keptTail)
      return
    }
    if (part.length > 0) this.#parts.push(Buffer.from(part))
    if (this.#length <= longestPiece) return
    const whole = Buffer.concat(this.#parts)
    this.#long = { head: Buffer.from(whole.subarray(0, keptHead)), tail: Buffer.from(whole.subarray(-keptTail)) }
    this.#parts = []
  }

  /** What was collected; the next piece starts empty. */
  take(): Omit<Piece, 'line'> {
    const bytes = this.#long?.head ?? Buffer.concat(this.#parts)
    const piece = { bytes, from: 0, to: bytes.length, ...(this.#long && { tail: this.#long.tail }) }
    this.clear()
    return piece
  }

  clear(): void {
    this.#parts = []
    this.#length = 0
    this.#long = undefined
  }
}
