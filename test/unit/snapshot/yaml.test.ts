import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDocuments } from '../../../src/snapshot/documents.ts'
import { goNumber } from '../../../src/snapshot/yaml-number.ts'
import { readYaml } from '../../../src/snapshot/yaml.ts'

const lines = fc.constantFrom('a: 1', 'b: [x]', '# comment', '', '  ', 'c: |', '  ---')
const separators = fc.constantFrom('---', '--- # next', '---\t', '---  ')
const ends = fc.constantFrom('\n', '\r\n')

test('documents are numbered from 1, and begin at the line where they stand', () => {
  const body = fc.array(lines, { maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(body, separators), { minLength: 1, maxLength: 6 }), ends, (parts, end) => {
      const rows = parts.flatMap(([content, separator], index) => (index === 0 ? content : [separator, ...content]))
      const starts = parts.flatMap(([content], index) => {
        const above = parts.slice(0, index).reduce((sum, [before]) => sum + before.length + 1, 0)
        const blank = content.every((line) => /^\s*(#.*)?$/.test(line))
        return blank ? [] : [index === 0 ? 1 : above]
      })
      const documents = readYaml(rows.map((row) => row + end).join(''))
      expect(documents.map(({ number }) => number)).toEqual(starts.map((_, index) => index + 1))
      const found = documents.map(({ line, error }, index) => (error === undefined ? line : (starts[index] ?? 0)))
      expect(found).toEqual(starts)
    }),
    { numRuns: 500 },
  )
})

test('an error is at its line, wherever its document stands', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.nat(20), ends, (before, inside, end) => {
      const rows = [
        ...Array.from({ length: before }, (_, n) => `k${n}: 1`),
        '---',
        ...Array.from({ length: inside }, (_, n) => `k${n}: 1`),
        'bad: @',
      ]
      const broken = readYaml(rows.join(end)).filter(({ error }) => error !== undefined)
      expect(broken.map(({ line }) => line)).toEqual([before + inside + 2])
    }),
  )
})

test('no text makes the reader throw, or hang', async () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.oneof(lines, separators, fc.constantFrom('{', '}', '"', '[', '&a', '*a', '<<: *a', '#'.repeat(60))))
      .map((rows) => rows.join('\n')),
  )
  await fc.assert(
    fc.asyncProperty(anything, async (text) => void (await readDocuments(text))),
    { numRuns: 2000 },
  )
})

test('JSON documents behind each other are those documents', async () => {
  const values = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), { minLength: 2, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      values,
      fc.constantFrom('', '\n', ' \r\n\n'),
      fc.constantFrom(undefined, 1),
      async (all, gap, indent) => {
        const documents = await readDocuments(all.map((value) => JSON.stringify(value, null, indent)).join(gap))
        expect(documents.map(({ value }) => value)).toEqual(JSON.parse(JSON.stringify(all)))
      },
    ),
  )
})

test('numbers are those of goyaml', () => {
  const numbers: [string, number | undefined][] = [
    ['0', 0],
    ['-1', -1],
    ['+1', 1],
    ['010', 8],
    ['-010', -8],
    ['0o10', 8],
    ['09', 9],
    ['0x1F', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['1e3', 1000],
    ['1.', 1],
    ['-.5', -0.5],
    ['.5', 0.5],
    ['.inf', Infinity],
    ['-.Inf', -Infinity],
    ['1:30', undefined],
    ['1e', undefined],
    ['0x', undefined],
    ['0b2', undefined],
    ['-', undefined],
    ['.', undefined],
    ['._5', undefined],
    ['2001-01-01', undefined],
    ['1.2.3', undefined],
    ['١', undefined],
  ]
  for (const [text, value] of numbers) expect([text, goNumber(text)]).toEqual([text, value])
})
