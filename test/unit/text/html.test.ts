import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { escapeHtml, jsonInHtml } from '../../../src/text/html.ts'

// Any code units, lone surrogates as well, and often what HTML is made of.
const piece = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  fc.constantFrom('<', '>', '&', '"', "'", '`', '</script', '<!--', ']]>', '&amp;', '\\u{3c}', '\u202e', '\n'),
)
const anything = fc.array(piece).map((pieces) => pieces.join(''))

test('text in HTML has nothing that begins a tag, an entity of its own, or ends an attribute', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const html = escapeHtml(text)
      expect(html).not.toMatch(/[<>"'`]/)
      expect(html.replaceAll(/&(?:amp|lt|gt|quot|#39|#96);/g, '')).not.toContain('&')
      expect(html.match(hostileCharacters)).toBeNull()
    }),
  )
})

test('no two texts are the same in HTML', () => {
  fc.assert(fc.property(anything, anything, (one, other) => one === other || escapeHtml(one) !== escapeHtml(other)))
})

test('JSON in HTML is the same value, and nothing in it can end the script or open another', () => {
  fc.assert(
    fc.property(fc.dictionary(anything, fc.array(anything)), (value) => {
      const json = jsonInHtml(value)
      expect(json).not.toMatch(/[<>&]/)
      expect(json.match(hostileCharacters)).toBeNull()
      expect(JSON.parse(json)).toEqual(value)
    }),
  )
})
