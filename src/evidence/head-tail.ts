// The newest lines tell most, and are held in memory until the end is known.
const maxTail = 8 * 1024 * 1024

/** Lets the beginning of a stream by, holds its end, and counts what was between. */
export class HeadTail {
  readonly #head: number
  readonly #room: number
  // Written round and round.
  #ring: Buffer | undefined
  #held = 0
  #total = 0

  constructor(maxBytes: number) {
    this.#room = Math.min(Math.floor(maxBytes / 2), maxTail)
    this.#head = maxBytes - this.#room
  }

  async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      const left = Math.max(this.#head - this.#total, 0)
      this.#total += chunk.length
      if (left > 0) yield chunk.subarray(0, left)
      if (chunk.length > left) this.#hold(chunk.subarray(left))
    }
  }

  /** What came after the head, as far as it was held; undefined where that was nothing. */
  get tail(): Buffer | undefined {
    if (!this.#ring) return undefined
    if (this.#held <= this.#room) return this.#ring.subarray(0, this.#held)
    const oldest = this.#held % this.#room
    return Buffer.concat([this.#ring.subarray(oldest), this.#ring.subarray(0, oldest)])
  }

  get skipped(): number {
    return Math.max(this.#total - this.#head - this.#room, 0)
  }

  get total(): number {
    return this.#total
  }

  #hold(piece: Buffer): void {
    if (this.#room === 0) return
    this.#ring ??= Buffer.allocUnsafeSlow(this.#room)
    this.#held += piece.length
    const last = piece.subarray(-this.#room)
    const start = (this.#held - last.length) % this.#room
    const fits = last.copy(this.#ring, start)
    last.copy(this.#ring, 0, fits)
  }
}
