/*
 * Bytes as text: every string in this room has one UTF-16 unit a byte ("latin1"), so that what is not masked stays as it came, whatever its
 * encoding.
 */

/** Which bytes are in a class, written as in a pattern: `A-Za-z0-9_.-` (a dash that is meant comes last). */
export function charClass(spec: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let at = 0; at < spec.length; at++) {
    const from = spec.charCodeAt(at)
    const isRange = spec[at + 1] === '-' && at + 2 < spec.length
    const to = isRange ? spec.charCodeAt(at + 2) : from
    for (let code = from; code <= to; code++) table[code] = 1
    if (isRange) at += 2
  }
  return table
}

export const alphanumeric = charClass('A-Za-z0-9')
export const word = charClass('A-Za-z0-9_')
export const upperDigits = charClass('A-Z0-9')
export const lowerDigits = charClass('a-z0-9')
export const hexDigits = charClass('0-9a-fA-F')
export const base64Url = charClass('A-Za-z0-9_-')
export const base64Any = charClass('A-Za-z0-9+/_-')
export const keyChars = charClass('A-Za-z0-9_.-')
export const blank = charClass(' \t')

/** Where the run of a class that begins at `at` ends, before `end`. */
export function runEnd(text: string, at: number, end: number, table: Uint8Array): number {
  let to = at
  while (to < end && table[text.charCodeAt(to)] === 1) to++
  return to
}

/** Where the run of a class that ends at `at` begins, not before `start`. */
export function runStart(text: string, at: number, start: number, table: Uint8Array): number {
  let from = at
  while (from > start && table[text.charCodeAt(from - 1)] === 1) from--
  return from
}

// Lines have no bound: without one, asking for the end of a line at each keyword in it would be work by the square of its length.
const maxLine = 32 * 1024

/** The end of the line that `at` is in, or `end`; of a line that is longer than 32 KiB from here, that place. */
export function lineEnd(text: string, at: number, end: number): number {
  const limit = Math.min(end, at + maxLine)
  const found = text.slice(at, limit).indexOf('\n')
  return found < 0 ? limit : at + found
}

/** The start of the line that `at` is in, or `start`, or as far as 512 bytes before. */
export function lineStart(text: string, at: number, start: number): number {
  const limit = Math.max(start, at - 512)
  return limit + text.slice(limit, at).lastIndexOf('\n') + 1
}

let shared = Buffer.alloc(64 * 1024)

/** The bytes of a text, to be read in a loop: an array is read many times faster than a string. They are good until it is asked again. */
export function bytesOf(text: string): Uint8Array {
  if (shared.length < text.length) shared = Buffer.alloc(text.length * 2)
  shared.write(text, 0, 'latin1')
  return shared.subarray(0, text.length)
}

/** UTF-8 text as bytes, and back. */
export const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
export const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')
