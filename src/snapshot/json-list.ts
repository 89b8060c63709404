/** A JSON object that has a long list in `items`: the object without them, and each of them, parsed when it is its turn. */
export type JsonList = { head: Record<string, unknown>; items: () => Generator }

/**
 * Opens a file that is one JSON object with `items`, as `kubectl get -o json` writes: tens of megabytes, which as objects all at once are hundreds. Undefined
 * for any other file, and for one whose brackets are not right. An item that is no JSON throws SyntaxError when it is its turn.
 */
export function jsonList(bytes: Buffer): JsonList | undefined {
  const scan = new Scan(bytes)
  const places = scan.object()
  if (!places) return undefined
  const { start, end, items } = places
  try {
    const around = `${bytes.toString('utf8', 0, start)}[]${bytes.toString('utf8', end)}`
    const head = JSON.parse(around) as Record<string, unknown>
    const parsed = function* () {
      for (const [from, to] of items) yield JSON.parse(bytes.toString('utf8', from, to)) as unknown
    }
    return { head, items: parsed }
  } catch {
    return undefined
  }
}

type Places = { start: number; end: number; items: [from: number, to: number][] }

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openObject, closeObject, openList, closeList] = [0x7b, 0x7d, 0x5b, 0x5d]

/** Finds where values begin and end, and nothing else: whether they are JSON is for JSON.parse to say. */
class Scan {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The place of the one list called `items` in the object that the whole is; undefined where it is none. */
  object(): Places | undefined {
    let found: Places | undefined
    if (!this.#take(openObject)) return undefined
    do {
      const key = this.#value()
      if (key === undefined || !this.#take(colon)) return undefined
      const name = this.#bytes.toString('latin1', ...key)
      const isItems = name === '"items"'
      // Which of two counts, and what an escape stands for, is for JSON.parse to say.
      if ((isItems && found) || name.includes('\\')) return undefined
      if (isItems) found = this.#list()
      else if (!this.#value()) return undefined
      if (isItems && !found) return undefined
    } while (this.#take(comma))
    return this.#take(closeObject) && this.#next() === undefined ? found : undefined
  }

  #list(): Places | undefined {
    if (!this.#take(openList)) return undefined
    const start = this.#at - 1
    const items: Places['items'] = []
    if (this.#take(closeList)) return { start, end: this.#at, items }
    do {
      const item = this.#value()
      if (!item) return undefined
      items.push(item)
    } while (this.#take(comma))
    return this.#take(closeList) ? { start, end: this.#at, items } : undefined
  }

  /** From where to where the next value goes; undefined where none ends. */
  #value(): [from: number, to: number] | undefined {
    const first = this.#next()
    const from = this.#at
    if (first !== quote && first !== openObject && first !== openList) return this.#word(from)
    let depth = 0
    for (let at = from; at < this.#bytes.length; at += 1) {
      const byte = this.#bytes[at]
      if (byte === quote) {
        at = this.#endOfText(at)
        if (depth > 0) continue
      } else if (byte === openObject || byte === openList) depth += 1
      else if (byte === closeObject || byte === closeList) depth -= 1
      if (depth > 0) continue
      this.#at = at + 1
      return this.#at > this.#bytes.length ? undefined : [from, this.#at]
    }
    return undefined
  }

  /** The place of the quote that ends a text; the end of all where none does. */
  #endOfText(from: number): number {
    for (let at = from + 1; at < this.#bytes.length; at += 1) {
      const byte = this.#bytes[at]
      if (byte === backslash) at += 1
      else if (byte === quote) return at
    }
    return this.#bytes.length
  }

  // A number, true, false or null.
  #word(from: number): [from: number, to: number] | undefined {
    for (let byte = this.#bytes[this.#at]; byte !== undefined; byte = this.#bytes[++this.#at]) {
      if (byte === comma || byte === closeObject || byte === closeList || byte <= 0x20) break
    }
    return this.#at > from ? [from, this.#at] : undefined
  }

  #take(byte: number): boolean {
    if (this.#next() !== byte) return false
    this.#at += 1
    return true
  }

  /** The next byte that is not blank, gone to. */
  #next(): number | undefined {
    let byte = this.#bytes[this.#at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.#bytes[++this.#at]
    return byte
  }
}
