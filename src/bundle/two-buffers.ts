const size = 512 * 1024
const maxSpare = 16
const spare: Buffer[] = []

/**
 * Two buffers, one to be filled while the other is written. They are used again, by others too: what is made anew for every chunk keeps the garbage
 * collector busy longer than the chunk does.
 */
export class TwoBuffers {
  #filling: Buffer | undefined
  #taken: Buffer | undefined
  #filled = 0

  /** Copies as much as there is room for; how much that was. */
  put(chunk: Uint8Array): number {
    this.#filling ??= fresh()
    const part = chunk.subarray(0, size - this.#filled)
    this.#filling.set(part, this.#filled)
    this.#filled += part.length
    return part.length
  }

  /** What was put since, to be written before the next is taken. */
  taken(): Buffer {
    const full = this.#filling?.subarray(0, this.#filled) ?? Buffer.alloc(0)
    ;[this.#filling, this.#taken] = [this.#taken, this.#filling]
    this.#filled = 0
    return full
  }

  /** For others. */
  free(): void {
    for (const buffer of [this.#filling, this.#taken]) if (buffer && spare.length < maxSpare) spare.push(buffer)
    this.#filling = this.#taken = undefined
  }
}

const fresh = () => spare.pop() ?? Buffer.allocUnsafeSlow(size)
