/** Takes as many bytes as are wanted from a stream of chunks. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Buffer>
  #chunk: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]()
  }

  /** What there is at once, `max` bytes at most; undefined at the end. */
  async some(max: number): Promise<Buffer | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#iterator.next()
      if (next.done === true) return undefined
      this.#chunk = next.value
    }
    const taken = this.#chunk.subarray(0, max)
    this.#chunk = this.#chunk.subarray(taken.length)
    return taken
  }

  /** Exactly so many bytes; undefined where fewer are left. */
  async take(count: number): Promise<Buffer | undefined> {
    if (count === 0) return Buffer.alloc(0)
    if (this.#chunk.length >= count) return await this.some(count)
    const parts: Buffer[] = []
    for (let left = count; left > 0; ) {
      const part = await this.some(left)
      if (!part) return undefined
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let part = await this.some(Infinity); part; part = await this.some(Infinity)) yield part
  }

  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}
