import { charClass } from '../chars.ts'
import type { Scene } from '../scene.ts'

const maxValue = 32 * 1024
const ends = charClass('\0-\x20"\'`\x7f')
const mayEnd = charClass(',;&)]}|<>')
const nextKey = /[,;&|]\s{0,4}[A-Za-z_][A-Za-z0-9_.-]{0,40}["']?[=:]/y

/** Where the value in quotes ends that begins at `at`; `open` is the quote with the backslashes before it. That of its line where it does not. */
export function quotedEnd({ text, hi, reading }: Scene, at: number, open: string): number {
  const some = text.slice(at, Math.min(hi, at + maxValue))
  const quote = open.at(-1) ?? '"'
  for (let found = some.indexOf(quote); found >= 0; found = some.indexOf(quote, found + 1)) {
    let from = found
    while (from > 0 && some[from - 1] === '\\') from--
    const slashes = found - from
    // In `\"…\"` a quote of the value itself is `\\\"`.
    if (open.length > 1 ? slashes >= open.length : slashes % 2 === 1) continue
    // In YAML and SQL a quote of the value itself is doubled.
    if (open.length === 1 && some[found + 1] === quote) {
      found++
      continue
    }
    const line = some.slice(0, found).indexOf('\n')
    return line < 0 ? at + found - Math.min(slashes, open.length - 1) : at + line
  }
  reading.work.spend(some.length)
  const line = some.indexOf('\n')
  return at + (line < 0 ? some.length : line)
}

/** Where a value without quotes ends: at a space, or at what parts it from the next setting. */
export function unquotedEnd({ text, hi }: Scene, at: number): number {
  const limit = Math.min(hi, at + maxValue)
  let to = at
  for (; to < limit; to++) {
    const code = text.charCodeAt(to)
    if (ends[code] === 1) break
    // An escaped line feed or quote.
    if (code === 0x5c && /[nrt"'\\]/.test(text[to + 1] ?? '')) break
    if (mayEnd[code] === 1 && isEnd(text, to, limit)) break
  }
  return to
}

// Passwords have commas too: it is an end where nothing or another setting follows.
function isEnd(text: string, at: number, hi: number): boolean {
  const next = at + 1
  if (next >= hi) return true
  const code = text.charCodeAt(next)
  if (ends[code] === 1 || mayEnd[code] === 1) return true
  if (text[at] === '<') return text[next] === '/'
  nextKey.lastIndex = at
  return nextKey.test(text)
}
