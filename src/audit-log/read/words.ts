/** Finds the first occurrence of any of some words in bytes: the position, or -1. */
export type WordFinder = (bytes: Buffer, from: number, end: number) => number

/** A finder of words: ASCII, of at least three characters. */
export function wordFinder(words: readonly string[]): WordFinder {
  const patterns = [...new Set(words)].map((word) => Buffer.from(word, 'latin1'))
  if (patterns.length === 0 || patterns.some(({ length }) => length < 3))
    throw new RangeError('a word to look for needs three characters')
  return patterns.length <= 4 ? eachFinder(patterns) : manyFinder(patterns)
}

// How often characters are in audit logs, the rarest first; those not named are rarer still.
const common = 'xqzjkwvbyh2461357890gfdp,lucm-noiars:t"e'

/**
 * A pass for each of a few words: from its rarest letter on, since the search behind indexOf goes from one first byte to the
 * next. Where each word stands next is kept, so that bytes are looked through once however many lines have the others.
 */
function eachFinder(patterns: Buffer[]): WordFinder {
  const parts = patterns.map((pattern) => {
    const rarity = (at: number) => common.indexOf(String.fromCharCode(byte(pattern, at)).toLowerCase())
    let offset = 0
    for (let at = 1; at <= pattern.length - 3; at++) if (rarity(at) < rarity(offset)) offset = at
    return { pattern, offset, rest: pattern.subarray(offset), next: 0 }
  })
  let searched: Buffer | undefined
  let reached = 0
  return (bytes, from, end) => {
    let first = -1
    for (const part of parts) {
      if (searched !== bytes || from < reached || part.next < from) part.next = nextOf(part, bytes, from)
      if (part.next < end && (first < 0 || part.next < first)) first = part.next
    }
    searched = bytes
    reached = from
    return first
  }
}

function nextOf(
  { pattern, offset, rest }: { pattern: Buffer; offset: number; rest: Buffer },
  bytes: Buffer,
  from: number,
): number {
  for (let at = from + offset; ; at += 1) {
    at = bytes.indexOf(rest, at)
    if (at < 0) return Infinity
    if (startsWith(bytes, at - offset, bytes.length, pattern)) return at - offset
  }
}

/**
 * All words in one pass (Wu and Manber 1994, blocks of two bytes): it jumps over what can end no word, so that time hardly
 * grows with their number.
 */
function manyFinder(patterns: Buffer[]): WordFinder {
  const width = Math.min(...patterns.map(({ length }) => length))
  const jumps = new Uint8Array(65_536).fill(Math.min(255, width - 1))
  for (const pattern of patterns) {
    for (let at = 0; at < width - 1; at++) {
      const pair = byte(pattern, at) | (byte(pattern, at + 1) << 8)
      jumps[pair] = Math.min(jumps[pair] ?? 0, width - 2 - at)
    }
  }
  return (bytes, from, end) => {
    let last = from + width - 1
    while (last < end) {
      const jump = jumps[byte(bytes, last - 1) | (byte(bytes, last) << 8)] as number
      if (jump > 0) {
        last += jump
        continue
      }
      const start = last - width + 1
      for (const pattern of patterns) if (startsWith(bytes, start, end, pattern)) return start
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
