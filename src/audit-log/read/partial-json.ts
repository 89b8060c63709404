/** A string that ends where the text ends: what there is of it. */
export class CutString {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const end = Symbol('end of text')
const deepest = 500

/**
 * What can be read of JSON text that stops in the middle: objects and arrays with the members that are whole. A cut
 * string is a CutString (half a name is another name); a cut number or word is left out. Undefined where the text is not
 * JSON up to its end.
 */
export function parsePartialJson(text: string): unknown {
  try {
    const { value } = readValue(text, 0, 0)
    return value === end ? undefined : value
  } catch (error) {
    if (error instanceof NotJson) return undefined
    throw error
  }
}

class NotJson extends Error {}

type Read = { value: unknown; next: number; cut: boolean }

function readValue(text: string, from: number, depth: number): Read {
  const at = skipSpace(text, from)
  const first = text[at]
  if (first === undefined) return { value: end, next: at, cut: true }
  if (depth > deepest) throw new NotJson()
  if (first === '{') return readMembers(text, at + 1, depth, {})
  if (first === '[') return readElements(text, at + 1, depth, [])
  if (first === '"') return readString(text, at)
  const token = /[^\s,\]}]*/y
  token.lastIndex = at
  const [word = ''] = token.exec(text) ?? []
  const next = at + word.length
  if (next >= text.length) return { value: end, next, cut: true }
  return { value: parse(word), next, cut: false }
}

function readMembers(text: string, from: number, depth: number, object: Record<string, unknown>): Read {
  let at = skipSpace(text, from)
  if (text[at] === '}') return { value: object, next: at + 1, cut: false }
  for (;;) {
    const key = text[at] === undefined ? undefined : readString(text, at)
    if (!key || key.cut) return { value: object, next: text.length, cut: true }
    at = skipSpace(text, key.next)
    if (text[at] === undefined) return { value: object, next: at, cut: true }
    if (text[at] !== ':') throw new NotJson()
    const { value, next, cut } = readValue(text, at + 1, depth + 1)
    if (value !== end) define(object, String(key.value), value)
    at = skipSpace(text, next)
    if (cut || text[at] === undefined) return { value: object, next: text.length, cut: true }
    if (text[at] === '}') return { value: object, next: at + 1, cut: false }
    if (text[at] !== ',') throw new NotJson()
    at = skipSpace(text, at + 1)
  }
}

function readElements(text: string, from: number, depth: number, array: unknown[]): Read {
  let at = skipSpace(text, from)
  if (text[at] === ']') return { value: array, next: at + 1, cut: false }
  for (;;) {
    const { value, next, cut } = readValue(text, at, depth + 1)
    if (value !== end) array.push(value)
    at = skipSpace(text, next)
    if (cut || text[at] === undefined) return { value: array, next: text.length, cut: true }
    if (text[at] === ']') return { value: array, next: at + 1, cut: false }
    if (text[at] !== ',') throw new NotJson()
    at += 1
  }
}

function readString(text: string, from: number): Read {
  if (text[from] !== '"') throw new NotJson()
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return { value: parse(text.slice(from, at + 1)), next: at + 1, cut: false }
  }
  // An escape may be cut too: \u00, or a single backslash.
  const whole = text.slice(from).replace(/(?<!\\)((?:\\\\)*)\\(?:u[0-9a-f]{0,3})?$/i, '$1')
  return { value: new CutString(String(parse(`${whole}"`))), next: text.length, cut: true }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NotJson()
  }
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at += 1
  return at
}

// As JSON.parse does: __proto__ is a member like any other.
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
