import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePart, encodePart, encodePath, isEncoded } from '../../../src/bundle/path-name.ts'

const nasty = [
  '',
  '.',
  '..',
  '../../.ssh/x',
  '/etc/passwd',
  'CON',
  'con',
  'con.txt',
  'com1',
  'Lpt9.log',
  'nul.',
  'a.',
  ' a ',
]
const more = [
  'app',
  'App',
  'é',
  'e\u0301',
  'system:x',
  'C:\\x',
  'x.part1',
  'x=2epart1',
  '-rf',
  '=',
  '=_',
  '=2e',
  'a\0b',
  '\ud800',
]
const part = fc.oneof(
  fc.constantFrom(...nasty, ...more),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.constantFrom('c', 'o', 'n', 'N', '.', '=', '-', '1', 'part', '\udc00', '%0A', '/'), { maxLength: 60 })
    .map((all) => all.join('')),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
)

test('a name reads back as its part, or is a digest where the part is long', () => {
  fc.assert(
    fc.property(part, (text) => {
      const decoded = decodePart(encodePart(text))
      if (decoded === 'long') expect(text.length).toBeGreaterThan(16)
      else expect(decoded).toEqual({ part: text })
    }),
    { numRuns: 3000 },
  )
})

test('a name is a name on every file system', () => {
  fc.assert(
    fc.property(part, (text) => {
      const name = encodePart(text)
      expect(name).toMatch(/^[a-z0-9_=][a-z0-9._=-]{0,99}$/)
      expect(name).not.toMatch(/\.$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.part\d+$/)
    }),
    { numRuns: 3000 },
  )
})

test('different parts have different names, and different paths', () => {
  fc.assert(
    fc.property(part, part, (one, other) => {
      expect(encodePart(one) === encodePart(other)).toBe(one === other)
    }),
    { numRuns: 3000 },
  )
  const paths = fc.array(part, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(paths, paths, (one, other) => {
      expect(encodePath(one) === encodePath(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      expect(isEncoded(encodePath(one))).toBe(true)
      expect(isEncoded(`${encodePath(one)}.part2`)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('long parts that differ in their last character, or begin as the name of another, have different names', () => {
  const [a, b] = ['x'.repeat(300), `${'x'.repeat(299)}y`]
  expect(encodePart(a)).not.toBe(encodePart(b))
  expect(encodePart(encodePart(a))).not.toBe(encodePart(a))
  expect(encodePart('é'.repeat(60)).length).toBeLessThanOrEqual(100)
})

test('what no encoding makes is told', () => {
  const wrong = [
    '',
    '.',
    '..',
    'A',
    'a/b',
    'con',
    'x.',
    '=',
    '=zz',
    '=41b=',
    '=61',
    '=u0061',
    '=2f=',
    'a b',
    'x.part1',
    '-a',
    'é',
    '='.repeat(101),
  ]
  expect(wrong.filter((name) => decodePart(name) !== undefined)).toEqual([])
  expect(['data', 'data/', 'data//a', 'other/a', 'data/../a', 'data/a.part0', '/data/a'].filter(isEncoded)).toEqual([])
  expect(encodePath(['logs', 'system:x', 'CON', '..'])).toBe('data/logs/system=3ax/=43=4f=4e/=2e=2e')
})
