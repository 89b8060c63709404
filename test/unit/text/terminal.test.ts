import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { escapeHostile } from '../../../src/text/json.ts'
import { escapeForTerminal, unescapeFromTerminal } from '../../../src/text/terminal.ts'

// Any code units, lone surrogates as well, and often what the escapes are made of.
const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
const piece = fc.oneof(
  unit,
  fc.constantFrom('\\', '\\u', '\\u{', '{', '}', '5c', '\u{5c}u{41}', '\u202e', '\u{e0041}', '\n', '\u001b'),
)
const anything = fc.array(piece).map((pieces) => pieces.join(''))
const runs = { numRuns: 5000 }

test('what is shown holds nothing hostile, and is the way back to what it was (so that no two look the same)', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const shown = escapeForTerminal(text)
      expect(shown.match(hostileCharacters)).toBeNull()
      expect(unescapeFromTerminal(shown)).toBe(text)
    }),
    runs,
  )
})

test('what is harmless is shown as it is', () => {
  for (const text of ['jane@example.com', 'système:日本語', 'a\\b', 'C:\\users', '\\u0041', 'é\u0301', '👩'])
    expect(escapeForTerminal(text)).toBe(text)
})

test('what a terminal, an editor or a reader would obey is hostile', () => {
  const hostile = [
    0, 7, 9, 10, 13, 27, 0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x115f, 0x180e, 0x200b, 0x200e, 0x2028, 0x202e, 0x2066, 0x3164,
    0xd800, 0xfeff, 0xfff9, 0xe0041,
  ]
  for (const code of hostile) expect(escapeForTerminal(String.fromCodePoint(code))).toBe(`\\u{${code.toString(16)}}`)
})

test('escapes that name no character stay as they are', () => {
  for (const text of ['\\u{110000}', '\\u{}', '\\u{xyz}', '\\u{1234567}', '\\u{41'])
    expect(unescapeFromTerminal(text)).toBe(text)
})

test('JSON with its hostile characters escaped is the same value', () => {
  fc.assert(
    fc.property(fc.dictionary(anything, anything), (value) => {
      const text = escapeHostile(JSON.stringify(value, null, 4))
      expect(text.replaceAll('\n', '').match(hostileCharacters)).toBeNull()
      expect(JSON.parse(text)).toEqual(value)
    }),
  )
})
