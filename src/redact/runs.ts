import { base64Any, bytesOf, charClass, lowerDigits, runEnd } from './chars.ts'
import { findSpans } from './find.ts'
import { isPacked } from './packed.ts'
import type { Reading } from './scene.ts'
import type { Span } from './span.ts'

const minRun = 16
const wrapped = 60
const dot = 0x2e

// Which letters of base64 are in a run, as bits.
const [small, capital, other] = [1, 2, 4]
const kinds = new Uint8Array(256)
for (let code = 0; code < 256; code++)
  kinds[code] = base64Any[code] === 0 ? 0 : code >= 97 ? small : code >= 65 && code <= 90 ? capital : other
// A byte of ASCII is below 128: what begins its group of four is one of these.
const ofAscii = charClass('A-Za-f')

/** What is told by its looks and by no word: base64 with something in it, bootstrap tokens, UTF-16, and the lines of keys without an end. */
export function encodedRuns(text: string, reading: Reading, depth: number, openKeys: number[]): Span[] {
  const spans: Span[] = []
  reading.work.spend(text.length)
  let done = 0
  for (const [at, to] of candidates(text, openKeys.length > 0)) {
    if (at < done) continue
    if (to === at) {
      if (isBootstrapToken(text, at)) spans.push({ start: at - 6, end: at + 17, rule: 'bootstrap-token' })
      continue
    }
    const run = { start: text[at - 1] === '\\' ? at + 1 : at, end: endOfWrapped(text, at, to) }
    reading.work.spend(run.end - run.start)
    const isKey = isOfKey(text, run.start, openKeys)
    const rule = isKey ? 'private-key' : ruleFor(text.slice(run.start, run.end), reading, depth)
    if (rule !== undefined) spans.push({ ...run, rule, ...(run.end === text.length && { goesOn: 'run' }) })
    done = run.end
  }
  if (text.includes('\0')) spans.push(...sixteenBit(text))
  return spans
}

/** Runs of letters of base64 that are long enough, and of both cases where not `all` are wanted; dots that stand in what may be a token are runs of nothing. */
function candidates(text: string, all: boolean): [number, number][] {
  const bytes = bytesOf(text)
  const found: [number, number][] = []
  let start = 0
  let mask = 0
  for (let at = 0; at <= bytes.length; at++) {
    const byte = at < bytes.length ? (bytes[at] ?? 0) : 0
    const kind = kinds[byte] ?? 0
    if (kind !== 0) {
      mask |= kind
      continue
    }
    // Of text base64 always has letters of both cases; ids in hex and names of pods have not.
    if (at - start >= minRun && (all || (mask & (small | capital)) === (small | capital))) found.push([start, at])
    if (byte === dot && at - start >= 6 && kinds[bytes[at + 16] ?? 0] !== 0) found.push([at, at])
    start = at + 1
    mask = 0
  }
  return found
}

/** The rule that something beneath base64 breaks; undefined where there is nothing. */
function ruleFor(run: string, reading: Reading, depth: number): string | undefined {
  const letters = /[\s\\]/.test(run) ? run.replace(/\s|\\[nr]/g, '') : run
  // It is not looked into: it is masked whole.
  if (isPacked(letters)) return 'packed'
  for (let phase = 0; phase < 4; phase++) {
    reading.work.spend(letters.length >> 2)
    if (!mayBeText(letters, phase)) continue
    let text = Buffer.from(letters.slice(phase), 'base64').toString('latin1')
    if (text.includes('\0')) text = text.replaceAll('\0', '')
    if (!/[\t\n\r\x20-\x7e]{12}/.test(text)) continue
    const [found] = findSpans(text, reading, depth + 1).spans
    if (found) return found.rule
    if (/^[\t\n\r\x20-\x7e]*$/.test(text)) return undefined
  }
  return undefined
}

// Four groups in a row: twelve bytes.
function mayBeText(letters: string, phase: number): boolean {
  let count = 0
  for (let at = phase; at < letters.length; at += 4) {
    count = ofAscii[letters.charCodeAt(at)] === 1 ? count + 1 : 0
    if (count === 4) return true
  }
  return false
}

// Base64 in lines of 60 and more goes on on the next.
function endOfWrapped(text: string, start: number, first: number): number {
  let [from, end] = [start, first]
  while (end - from >= wrapped) {
    const feed = /\r?\n[ \t]{0,40}|\\n/y
    feed.lastIndex = end
    if (!feed.test(text)) break
    const next = runEnd(text, feed.lastIndex, text.length, base64Any)
    if (next === feed.lastIndex) break
    from = feed.lastIndex
    end = next
  }
  while (text[end] === '=' && end - first < 1024 * 1024 * 64) end++
  return end
}

// Rule: the token that kubeadm makes, [a-z0-9]{6}.[a-z0-9]{16} (bootstrap tokens of the Kubernetes documentation).
function isBootstrapToken(text: string, at: number): boolean {
  if (runEnd(text, at + 1, at + 18, lowerDigits) !== at + 17) return false
  if (runEnd(text, Math.max(0, at - 6), at, lowerDigits) !== at || at < 6) return false
  const around = `${text[at - 7] ?? ' '}${text[at + 17] ?? ' '}`
  return !/[A-Za-z0-9]|\.$|^\./.test(around) && /\d/.test(text.slice(at + 1, at + 17))
}

// Latin letters in UTF-16 or UTF-32, of either order: every other byte is a NUL.
function sixteenBit(text: string): Span[] {
  const wide = /(?:[\t\n\r\x20-\x7e\xa0-\xff]\0{1,3}){6,}|(?:\0{1,3}[\t\n\r\x20-\x7e\xa0-\xff]){6,}/g
  return Array.from(text.matchAll(wide), ({ index, 0: run }) => {
    return {
      start: index,
      end: index + run.length,
      rule: 'utf-16',
      ...(index + run.length === text.length && { goesOn: 'line' as const }),
    }
  })
}

const maxKey = 64 * 1024

function isOfKey(text: string, at: number, openKeys: number[]): boolean {
  return openKeys.some((start) => {
    if (at < start || at > start + maxKey) return false
    const end = text.slice(start, at).indexOf('-----END')
    return end < 0
  })
}
