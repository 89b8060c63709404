/** Is told of each part of JSON as it comes; places are in the text, those of strings between their quotes. */
export type JsonHandler = {
  open(isArray: boolean, at: number): void
  close(at: number): void
  key(start: number, end: number, isEscaped: boolean): void
  string(start: number, end: number, isEscaped: boolean): void
  /** A number, `true`, `false` or `null`. */
  literal(start: number, end: number): void
}

export type Lexed = {
  /** Where the value ended, or where reading cannot go on. */
  end: number
  /** `cut`: the text ends before the value does. */
  state: 'whole' | 'broken' | 'cut'
  /** Of what is not whole: where the last name of a member, or the last string, begins; text has to be read from there as text. */
  resume: number
}

const maxDepth = 500
const [quote, colon, comma, openBrace, closeBrace, openBracket, closeBracket] = [34, 58, 44, 123, 125, 91, 93]
const literals = /(?:true|false|null|-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,10})?)(?=[\s,\]}]|$)/y

/** Reads the JSON value that begins at `from` with a brace or a bracket. One pass; nothing is built. */
export function lexJson(text: string, from: number, handler: JsonHandler, places: Places): Lexed {
  const closers: number[] = []
  let closer = 0
  let at = from
  let resume = from
  let state: 'value' | 'first' | 'key' | 'after' = 'value'
  const stop = (how: Lexed['state']): Lexed => ({ end: at, state: how, resume })
  for (;;) {
    at = afterSpace(text, at)
    if (at >= text.length) return stop('cut')
    const unit = text.charCodeAt(at)
    if (state === 'after' || (state === 'first' && unit === closer)) {
      if (unit === closer) {
        closers.pop()
        closer = closers.at(-1) ?? 0
        state = 'after'
        handler.close(++at)
        if (closer === 0) return { end: at, state: 'whole', resume: at }
      } else if (unit === comma) {
        at++
        state = closer === closeBrace ? 'key' : 'value'
      } else return stop('broken')
      continue
    }
    const isKey: boolean = closer === closeBrace && state !== 'value'
    if (unit === quote) {
      const end = text.indexOf('"', at + 1)
      const backslash = places.backslash(at)
      const newline = places.newline(at)
      const isEscaped = backslash >= 0 && (end < 0 || backslash < end)
      const to = isEscaped ? escapedEnd(text, backslash) : end
      if (isKey || closer === closeBracket) resume = at
      if (newline >= 0 && (to < 0 || newline < to)) return stop('broken')
      if (to < 0) return stop('cut')
      if (!isKey) {
        handler.string(at + 1, to, isEscaped)
        state = 'after'
        at = to + 1
        continue
      }
      handler.key(at + 1, to, isEscaped)
      state = 'value'
      at = afterSpace(text, to + 1)
      if (at >= text.length) return stop('cut')
      if (text.charCodeAt(at) !== colon) return stop('broken')
      at++
    } else if (isKey) return stop('broken')
    else if (unit === openBrace || unit === openBracket) {
      if (closers.length >= maxDepth) {
        resume = at
        return stop('broken')
      }
      handler.open(unit === openBracket, at++)
      closer = unit === openBracket ? closeBracket : closeBrace
      closers.push(closer)
      state = 'first'
    } else {
      literals.lastIndex = at
      if (!literals.test(text)) return stop(/^[-+.\w]{1,400}$/.test(text.slice(at, at + 401)) ? 'cut' : 'broken')
      handler.literal(at, literals.lastIndex)
      at = literals.lastIndex
      state = 'after'
    }
  }
}

function afterSpace(text: string, from: number): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
  }
}

// From a backslash in a string to its closing quote.
function escapedEnd(text: string, backslash: number): number {
  let quote = text.indexOf('"', backslash)
  for (let at = backslash; at < text.length; ) {
    if (quote >= 0 && quote < at) quote = text.indexOf('"', at)
    if (quote < 0) return -1
    const slash = text.indexOf('\\', at)
    if (slash < 0 || slash > quote) return quote
    at = slash + 2
  }
  return -1
}

/** Where the next line feed and the next backslash are; what was looked for once is remembered, for whoever begins to read at many places. */
export class Places {
  readonly newline: (at: number) => number
  readonly backslash: (at: number) => number

  constructor(text: string) {
    this.newline = nextOf(text, '\n')
    this.backslash = nextOf(text, '\\')
  }
}

function nextOf(text: string, unit: string): (at: number) => number {
  let [asked, found] = [0, text.indexOf(unit)]
  return (at) => {
    if (at >= asked && (found < 0 || at <= found)) return found
    if (at < asked) {
      const before = text.slice(at, asked).indexOf(unit)
      if (before >= 0) return at + before
    } else {
      asked = at
      found = text.indexOf(unit, at)
    }
    return found
  }
}
