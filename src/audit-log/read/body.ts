import { parseExact } from './parse-json.ts'

/** An object that was sent or answered; most are never looked at, and so it is read when it is asked for. */
export type Body = {
  readonly value: unknown
  /** Whether one of the words may be in it, as far as its text tells. */
  mayHold?: (words: RegExp) => boolean
}

/** A body that stands in a line as JSON text. One that is damaged is undefined, and says so to `onDamage`. */
export class BodyText implements Body {
  #text: string | undefined
  #value: unknown
  readonly #onDamage: () => void

  constructor(text: string, onDamage: () => void) {
    this.#text = text
    this.#onDamage = onDamage
  }

  mayHold(words: RegExp): boolean {
    return this.#text === undefined || words.test(this.#text)
  }

  get value(): unknown {
    const text = this.#text
    if (text === undefined) return this.#value
    this.#text = undefined
    try {
      this.#value = parseExact(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.#onDamage()
    }
    return this.#value
  }
}
