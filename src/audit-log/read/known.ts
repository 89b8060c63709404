const slots = 8192
// What is longer rarely comes again.
const longest = 1024

/** A JSON value that was met before: its bytes, and what they mean. */
export type Slot<T> = { bytes: Buffer; value: T }

/**
 * What JSON values mean, for those that came last: who, from where, by which rule repeat from line to line, and are parsed once. The values are
 * shared, and must not be changed.
 */
export class Known<T> {
  readonly #slots = Array.from<Slot<T> | undefined>({ length: slots })
  readonly #guesses = Array.from<Slot<T> | undefined>({ length: slots })
  readonly #parse: (bytes: Buffer, from: number, to: number) => T
  readonly #skip: number

  /** `skip`: so many bytes at the beginning are the same in most values. */
  constructor(parse: (bytes: Buffer, from: number, to: number) => T, skip: number) {
    this.#parse = parse
    this.#skip = skip
  }

  /**
   * The known value that begins here, whose end thereby needs not be looked for: what begins like a whole object, list or string is that one. Undefined
   * where it is not known, or was not thought of.
   */
  guess(bytes: Buffer, from: number, limit: number): Slot<T> | undefined {
    const slot = this.#guesses[this.#start(bytes, from, limit)]
    return slot && from + slot.bytes.length <= limit && isAt(bytes, from, slot.bytes) ? slot : undefined
  }

  /** The value that stands here; the text around it ends at `limit`. */
  of(bytes: Buffer, from: number, to: number, limit: number): Slot<T> {
    const place = hash(bytes, from, to) & (slots - 1)
    let slot = this.#slots[place]
    if (!slot || slot.bytes.length !== to - from || !isAt(bytes, from, slot.bytes)) {
      slot = { bytes: Buffer.from(bytes.subarray(from, to)), value: this.#parse(bytes, from, to) }
      if (to - from > longest) return slot
      this.#slots[place] = slot
    }
    this.#guesses[this.#start(bytes, from, limit)] = slot
    return slot
  }

  // Where a value of this beginning is remembered: that is, up to a quote.
  #start(bytes: Buffer, from: number, limit: number): number {
    const end = Math.min(from + this.#skip + 32, limit)
    let sum = 0
    for (let at = from + this.#skip; at < end && bytes[at] !== 34; at++)
      sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193)
    return (sum ^ (sum >>> 15)) & (slots - 1)
  }
}

// Of all bytes at the beginning, where names are; of what is behind, ids and hashes, some will do, since what is found is compared.
function hash(bytes: Buffer, from: number, to: number): number {
  const middle = Math.min(to, from + 224)
  let sum = to - from
  for (let at = from; at < middle; at++) sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193)
  for (let at = middle; at < to; at += 5) sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193)
  return sum ^ (sum >>> 15)
}

/** Whether these bytes stand there. */
export function isAt(bytes: Buffer, from: number, wanted: Buffer): boolean {
  const { length } = wanted
  if (from + length > bytes.length) return false
  // Comparing many at once is faster, and calling for it is not.
  if (length > 40) return bytes.compare(wanted, 0, length, from, from + length) === 0
  for (let at = 0; at < length; at++) if (wanted[at] !== bytes[from + at]) return false
  return true
}
