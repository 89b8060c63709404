import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AhoCorasick } from '../../../src/redact/aho-corasick.ts'

const found = (automaton: AhoCorasick, text: string) => {
  const hits: string[] = []
  automaton.scan(text, (pattern, end) => hits.push(`${pattern} ${end}`))
  return hits.toSorted()
}

const naive = (patterns: string[], text: string) => {
  const hits: string[] = []
  for (const [index, pattern] of patterns.entries())
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1))
      hits.push(`${index} ${at + pattern.length}`)
  return hits.toSorted()
}

test('finds what a search for each finds', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'A'), { maxLength: 40 }).map((units) => units.join(''))
  const patterns = fc.uniqueArray(
    text.filter(({ length }) => length > 0 && length < 8),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(patterns, text, (words, where) => {
      expect(found(new AhoCorasick(words, { fold: false }), where)).toEqual(naive(words, where))
    }),
  )
  expect(found(new AhoCorasick(['Key'], { fold: true }), 'a kEY')).toEqual(['0 5'])
})

test('also of so many patterns that not every state has a row', () => {
  const word = fc.string({ unit: fc.constantFrom('x', 'y', 'z'), minLength: 12, maxLength: 24 })
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 900, maxLength: 1000 }),
      fc.array(fc.nat(899), { maxLength: 20 }),
      (words, picks) => {
        const where = picks.map((pick) => words[pick]?.slice(pick % 3) ?? '').join('')
        expect(found(new AhoCorasick(words, { fold: false }), where)).toEqual(naive(words, where))
      },
    ),
    { numRuns: 10 },
  )
})
