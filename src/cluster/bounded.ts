/** Keeps the start of a stream and lets the rest go by, so that whoever sends it cannot fill our memory. */
export class Bounded {
  readonly #room: number
  readonly #pieces: Buffer[] = []
  #size = 0
  /** Whether something was left out. */
  cut = false

  constructor(room: number) {
    this.#room = room
  }

  add(piece: Buffer): void {
    const kept = piece.subarray(0, this.#room - this.#size)
    if (kept.length < piece.length) this.cut = true
    if (kept.length === 0) return
    this.#pieces.push(kept)
    this.#size += kept.length
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces, this.#size)
  }
}
