import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toJson, toYaml } from '../../../src/terminal/serialize.ts'
import { formatTable } from '../../../src/terminal/table.ts'
import { readYaml } from '../../../src/snapshot/yaml.ts'
import { escapeCell } from '../../../src/text/terminal.ts'

const cell = fc.oneof(fc.stringMatching(/^[a-z:/*-]{0,12}$/), fc.string({ unit: 'binary', maxLength: 8 }))
const table = fc.array(fc.tuple(cell, cell, cell, cell), { maxLength: 8 })
const headings = ['SUBJECT', 'KIND', 'SCOPE', 'VIA']

test('columns stand three apart, under their headings, one line a row', () => {
  expect(
    formatTable(
      ['A', 'NAME', 'X'],
      [
        ['long', 'b', ''],
        ['', '日本', 'end'],
      ],
    ),
  ).toBe('A      NAME   X\nlong   b\n       日本     end\n')
  fc.assert(
    fc.property(table, (rows) => {
      const lines = formatTable(headings, rows).split('\n')
      expect(lines.length).toBe(rows.length + 2)
      const starts = headings.map((heading) => lines[0]?.indexOf(heading) ?? -1)
      for (const [index, row] of rows.entries()) {
        const line = Array.from(lines[index + 1] ?? '')
        for (const [column, text] of row.entries()) {
          const shown = Array.from(escapeCell(text))
          const found = line.slice(starts[column], (starts[column] ?? 0) + shown.length).join('')
          expect(found.trimEnd()).toBe(shown.join('').trimEnd())
        }
      }
    }),
  )
})

test('whatever the width, nothing is cut off', () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 1, max: 120 }), (rows, width) => {
      const shown = formatTable(headings, rows, width)
      for (const text of rows.flat()) expect(shown).toContain(escapeCell(text).trimEnd())
    }),
  )
})

test('a table that fits is not folded; one that does not has its last column below', () => {
  const rows = [['a', 'b', 'c', 'the chain']]
  expect(formatTable(headings, rows, 40)).toBe(formatTable(headings, rows))
  expect(formatTable(headings, rows, 30)).toBe('SUBJECT   KIND   SCOPE   VIA\na         b      c\n    the chain\n')
})

test('JSON and YAML hold the same, whatever is in it', async () => {
  const value = fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean())),
  )
  await fc.assert(
    fc.asyncProperty(value, async (report) => {
      expect(JSON.parse([...toJson(report)].join(''))).toEqual(report)
      expect(readYaml(await toYaml({ report }))[0]?.value).toEqual({ report })
    }),
  )
})
