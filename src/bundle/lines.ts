const newline = 0x0a

export type Line = {
  /** Without its line feed. */
  line: Buffer
  /** It had one. */
  isWhole: boolean
  /** It was longer than the limit: `line` is its beginning. */
  isCut: boolean
}

/** The lines of a stream, in memory no longer than `max` bytes each. */
export async function* splitLines(source: AsyncIterable<Buffer>, max: number): AsyncGenerator<Line> {
  let parts: Buffer[] = []
  let length = 0
  const add = (piece: Buffer) => {
    if (length < max) parts.push(piece.subarray(0, max - length))
    length += piece.length
  }
  const taken = (isWhole: boolean): Line => {
    const line = {
      line: parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts),
      isWhole,
      isCut: length > max,
    }
    parts = []
    length = 0
    return line
  }
  for await (const chunk of source) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end))
      yield taken(true)
      start = end + 1
    }
    if (start < chunk.length) add(chunk.subarray(start))
  }
  if (length > 0) yield taken(false)
}
