/** Finds the first occurrence of any of some words in bytes: the position, or -1. */
export type WordFinder = (bytes: Buffer, from: number, end: number) => number

/** A finder of words: ASCII, of at least three characters. */
export function wordFinder(words: readonly string[]): WordFinder {
  const patterns = [...new Set(words)].map((word) => Buffer.from(word, 'latin1'))
  if (patterns.length === 0 || patterns.some(({ length }) => length < 3))
    throw new RangeError('a word to look for needs three characters')
  const cores = coresOf(patterns)
  return cores.length <= 4 ? eachFinder(cores) : manyFinder(patterns)
}

// How often characters are in audit logs, the rarest first; those not named are rarer still.
const common = 'xqzjkwvbyhgfdp,lucm-noiars:t2461357890/."e'

/** What some words have from their rarest letter on, and how each of them begins. */
type Core = { rest: Buffer; words: { pattern: Buffer; offset: number }[]; next: number }

function coresOf(patterns: Buffer[]): Core[] {
  const cores = new Map<string, Core>()
  for (const pattern of patterns) {
    const rarity = (at: number) => common.indexOf(String.fromCharCode(byte(pattern, at)).toLowerCase())
    let offset = 0
    for (let at = 1; at <= pattern.length - 3; at++) if (rarity(at) < rarity(offset)) offset = at
    const rest = pattern.subarray(offset)
    const core = cores.get(rest.toString('latin1')) ?? { rest, words: [], next: 0 }
    core.words.push({ pattern, offset })
    cores.set(rest.toString('latin1'), core)
  }
  return [...cores.values()]
}

/**
 * A pass for each of a few words: from its rarest letter on, since the search behind indexOf goes from one first byte to the
 * next. Where each stands next is kept, so that bytes are looked through once however many lines have the others.
 */
function eachFinder(cores: Core[]): WordFinder {
  let searched: Buffer | undefined
  let reached = 0
  return (bytes, from, end) => {
    let first = -1
    for (const core of cores) {
      if (searched !== bytes || from < reached || core.next < from) findNext(core, bytes, from)
      if (core.next < end && (first < 0 || core.next < first)) first = core.next
    }
    searched = bytes
    reached = from
    return first
  }
}

function findNext(core: Core, bytes: Buffer, from: number): void {
  const { rest, words } = core
  for (let at = bytes.indexOf(rest, from); at >= 0; at = bytes.indexOf(rest, at + 1)) {
    let start = Infinity
    for (const { pattern, offset } of words) {
      const begin = at - offset
      if (begin >= from && begin < start && startsWith(bytes, begin, bytes.length, pattern)) start = begin
    }
    if (start < Infinity) {
      core.next = start
      return
    }
  }
  core.next = Infinity
}

/**
 * All words in one pass (Wu and Manber 1994, blocks of two bytes): it jumps over what can end no word, so that time hardly
 * grows with their number.
 */
function manyFinder(patterns: Buffer[]): WordFinder {
  const width = Math.min(...patterns.map(({ length }) => length))
  const jumps = new Uint8Array(65_536).fill(Math.min(255, width - 1))
  /** By the last two bytes of their first `width`, the only place where they may begin. */
  const ending = new Map<number, Buffer[]>()
  for (const pattern of patterns) {
    for (let at = 0; at < width - 1; at++) {
      const pair = byte(pattern, at) | (byte(pattern, at + 1) << 8)
      const jump = width - 2 - at
      jumps[pair] = Math.min(jumps[pair] as number, jump)
      if (jump === 0) ending.set(pair, [...(ending.get(pair) ?? []), pattern])
    }
  }
  return (bytes, from, end) => {
    let last = from + width - 1
    while (last < end) {
      const pair = byte(bytes, last - 1) | (byte(bytes, last) << 8)
      const jump = jumps[pair] as number
      if (jump > 0) {
        last += jump
        continue
      }
      const start = last - width + 1
      for (const pattern of ending.get(pair) as Buffer[]) if (startsWith(bytes, start, end, pattern)) return start
      last += 1
    }
    return -1
  }
}

function startsWith(bytes: Uint8Array, start: number, end: number, pattern: Uint8Array): boolean {
  if (start + pattern.length > end) return false
  for (let at = 0; at < pattern.length; at++) if (bytes[start + at] !== pattern[at]) return false
  return true
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
