import { blank, charClass, keyChars, runEnd, runStart } from './chars.ts'
import type { Hits } from './find.ts'

const space = charClass(' \t\r\n')

/** Where JSON may begin: at the start, and on lines with a keyword; from what is read already on. */
export function* startsOfJson(text: string, { ends }: Hits, done: () => number): Generator<number> {
  const first = runEnd(text, 0, text.length, space)
  if (nextStart(text, first, Math.min(first + 1, text.length)) === first) yield first
  let read = 0
  for (const hit of ends) {
    const from = Math.max(done(), read)
    if (hit <= from) continue
    const line = from + text.slice(from, hit - 1).lastIndexOf('\n') + 1
    const found = text.indexOf('\n', hit - 1)
    const end = found < 0 ? text.length : found + 1
    for (let at = nextStart(text, line, end); at < end; at = nextStart(text, Math.max(done(), at + 1), end)) yield at
    read = end
  }
}

function nextStart(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const unit = text.charCodeAt(at)
    if (unit !== 0x7b && unit !== 0x5b) continue
    const next = text[runEnd(text, at + 1, Math.min(text.length, at + 64), space)]
    if (next === '"' || (unit === 0x5b && (next === '{' || next === '['))) return at
  }
  return end
}

/** The name in `tokens: ["…"]`. */
export function keyBefore(text: string, lo: number, start: number): string {
  const from = Math.max(lo, start - 90)
  const sign = runStart(text, start, from, blank) - 1
  if (text[sign] !== ':' && text[sign] !== '=') return ''
  let end = runStart(text, sign, from, blank)
  if (text[end - 1] === '"' || text[end - 1] === "'") end--
  return text.slice(runStart(text, end, from, keyChars), end)
}
