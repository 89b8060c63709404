import { bytesOf } from './chars.ts'

// States that are near the root have a row of all bytes each; those below, which text seldom reaches, a list of their children.
const maxDense = 4096

/**
 * Finds all of many patterns in one pass over a text (Aho and Corasick, 1975). Patterns and text are bytes; with `fold` letters match in
 * either case. The work is one step a byte, and those of the failure links, which are no more.
 */
export class AhoCorasick {
  readonly #fold = new Uint8Array(256)
  readonly #dense: Int32Array
  readonly #denseCount: number
  readonly #byte: number[] = [0]
  readonly #child: number[] = [0]
  readonly #sibling: number[] = [0]
  readonly #fail: Int32Array
  /** The pattern that ends in a state, from 1; and the next state up the failure links where one does. */
  readonly #pattern: number[] = [0]
  readonly #next: Int32Array
  /** Whether any pattern ends in a state. */
  readonly #ends: Uint8Array

  constructor(patterns: readonly string[], options: { fold: boolean }) {
    for (let code = 0; code < 256; code++)
      this.#fold[code] = options.fold && code >= 65 && code <= 90 ? code + 32 : code
    for (const [index, pattern] of patterns.entries()) this.#add(pattern, index)
    const order = this.#breadthFirst()
    this.#fail = new Int32Array(order.length)
    this.#next = new Int32Array(order.length)
    this.#denseCount = Math.min(order.length, maxDense)
    this.#dense = new Int32Array(this.#denseCount * 256)
    this.#link(order)
    this.#ends = Uint8Array.from(this.#pattern, (pattern, state) => (pattern || this.#next[state] ? 1 : 0))
  }

  /** Calls `hit` for every pattern that is found, with its index and where it ends; in the order of the ends. */
  scan(text: string, hit: (pattern: number, end: number) => void): void {
    const fold = this.#fold
    const dense = this.#dense
    const denseCount = this.#denseCount
    const pattern = this.#pattern
    const next = this.#next
    const ends = this.#ends
    const bytes = bytesOf(text)
    let state = 0
    for (let at = 0; at < bytes.length; at++) {
      const byte = fold[bytes[at] ?? 0] ?? 0
      state = state < denseCount ? (dense[(state << 8) | byte] ?? 0) : this.#step(state, byte)
      if (ends[state] === 0) continue
      for (let found = pattern[state] ? state : (next[state] ?? 0); found !== 0; found = next[found] ?? 0) {
        hit((pattern[found] ?? 0) - 1, at + 1)
      }
    }
  }

  #add(pattern: string, index: number): void {
    let state = 0
    for (let at = 0; at < pattern.length; at++) {
      const byte = this.#fold[pattern.charCodeAt(at)] ?? 0
      let to = this.#childOf(state, byte)
      if (to === 0) {
        to = this.#byte.length
        this.#byte.push(byte)
        this.#child.push(0)
        this.#pattern.push(0)
        this.#sibling.push(this.#child[state] ?? 0)
        this.#child[state] = to
      }
      state = to
    }
    // Of two that are the same, the first.
    if (state !== 0 && this.#pattern[state] === 0) this.#pattern[state] = index + 1
  }

  #childOf(state: number, byte: number): number {
    let child = this.#child[state] ?? 0
    while (child !== 0 && this.#byte[child] !== byte) child = this.#sibling[child] ?? 0
    return child
  }

  // Numbers the states anew, so that those with rows come first.
  #breadthFirst(): number[] {
    const order = [0]
    for (let at = 0; at < order.length; at++)
      for (let child = this.#child[order[at] ?? 0] ?? 0; child !== 0; child = this.#sibling[child] ?? 0)
        order.push(child)
    const number = new Int32Array(order.length)
    for (const [at, old] of order.entries()) number[old] = at
    const renumber = (list: number[], isState: boolean) => {
      const old = list.slice()
      for (const [at, from] of order.entries()) list[at] = isState ? (number[old[from] ?? 0] ?? 0) : (old[from] ?? 0)
    }
    renumber(this.#byte, false)
    renumber(this.#pattern, false)
    renumber(this.#child, true)
    renumber(this.#sibling, true)
    return order
  }

  #link(order: number[]): void {
    for (let state = 0; state < order.length; state++) {
      if (state < this.#denseCount) this.#fillRow(state)
      for (let child = this.#child[state] ?? 0; child !== 0; child = this.#sibling[child] ?? 0) {
        const up = state === 0 ? 0 : this.#step(this.#fail[state] ?? 0, this.#byte[child] ?? 0)
        this.#fail[child] = up
        this.#next[child] = this.#pattern[up] ? up : (this.#next[up] ?? 0)
      }
    }
  }

  #fillRow(state: number): void {
    const up = (this.#fail[state] ?? 0) << 8
    const row = state << 8
    if (state !== 0) this.#dense.copyWithin(row, up, up + 256)
    for (let child = this.#child[state] ?? 0; child !== 0; child = this.#sibling[child] ?? 0)
      this.#dense[row | (this.#byte[child] ?? 0)] = child
  }

  #step(from: number, byte: number): number {
    let state = from
    while (state >= this.#denseCount) {
      const child = this.#childOf(state, byte)
      if (child !== 0) return child
      state = this.#fail[state] ?? 0
    }
    return this.#dense[(state << 8) | byte] ?? 0
  }
}
