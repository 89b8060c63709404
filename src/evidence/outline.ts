import { SecureError } from '../errors.ts'

const [quote, backslash, open, close, openArray, closeArray] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]
const maxOutline = 1024 * 1024

/** What a list says of itself. */
export type ListFacts = {
  kind: string
  items: number
  resourceVersion: string
  /** Where the next page starts; empty on the last. */
  token: string
  remaining: number | undefined
}

/**
 * Reads a list as it goes by without holding it: keeps the text outside of its `items`, and counts those. Where the fields stand does not
 * matter: lists of custom resources have their metadata last.
 */
export class Outline {
  #depth = 0
  #inString = false
  #escaped = false
  #inItems = false
  #ended = false
  #items = 0
  #size = 0
  readonly #kept: Buffer[] = []

  add(chunk: Buffer): void {
    let from = this.#inItems ? -1 : 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) this.#inString = false
      } else if (byte === quote) this.#inString = true
      else if (byte === open || byte === openArray) {
        this.#depth++
        if (this.#inItems) this.#items += this.#depth === 3 && byte === open ? 1 : 0
        else if (byte === openArray && this.#depth === 2) {
          this.#keep(chunk.subarray(from, at + 1))
          this.#inItems = true
        }
      } else if (byte === close || byte === closeArray) {
        this.#depth--
        if (this.#inItems && this.#depth === 1) {
          this.#inItems = false
          from = at
        }
        if (this.#depth === 0) this.#ended = true
      }
    }
    if (!this.#inItems && from >= 0) this.#keep(chunk.subarray(from))
  }

  /** Throws SecureError `bad-answer` where it was no whole list. */
  facts(): ListFacts {
    const { kind, metadata } = this.#parsed()
    if (typeof kind !== 'string' || !kind.endsWith('List')) throw bad('the answer is not a list')
    const { resourceVersion, continue: token, remainingItemCount } = metadata ?? {}
    return {
      kind,
      items: this.#items,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
      token: typeof token === 'string' ? token : '',
      remaining: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
    }
  }

  #parsed(): { kind?: unknown; metadata?: { [key: string]: unknown } | null } {
    if (!this.#ended || this.#depth !== 0 || this.#size > maxOutline) throw bad('the answer is not a whole list')
    try {
      return (JSON.parse(Buffer.concat(this.#kept).toString('utf8')) ?? {}) as object
    } catch (cause) {
      throw new SecureError('bad-answer', 'the answer is broken JSON', { cause })
    }
  }

  #keep(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size <= maxOutline && piece.length > 0) this.#kept.push(Buffer.from(piece))
  }
}

const bad = (message: string) => new SecureError('bad-answer', message)
