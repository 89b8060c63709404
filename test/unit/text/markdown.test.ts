import fc from 'fast-check'
import { expect, test } from 'vitest'
import { markdownBlock, markdownCode, markdownProse } from '../../../src/text/markdown.ts'
import { escapeForTerminal } from '../../../src/text/terminal.ts'
import { hostileText, rendered, tagsOf, textOf } from './rendered.ts'

const spaced = (text: string) => text.replace(/ +/g, ' ').trim()

test('a name is one code span with the very text in it, whatever it is', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const html = rendered(`Of ${markdownCode(text)} and more`)
      const shown = escapeForTerminal(text)
      const isEmpty = shown.trim() === ''
      expect(tagsOf(html)).toEqual(isEmpty ? ['p', '/p'] : ['p', 'code', '/code', '/p'])
      expect(textOf(html)).toBe(`Of ${isEmpty ? '(empty)' : shown} and more`)
    }),
    { numRuns: 500 },
  )
})

test('a sentence is words and code spans: nothing of it becomes anything else, and all of it is there', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const html = rendered(`Why: ${markdownProse(text)} (end)`)
      expect(tagsOf(html).filter((tag) => !['p', 'code', '/code', '/p'].includes(tag))).toEqual([])
      expect(spaced(textOf(html))).toBe(spaced(`Why: ${escapeForTerminal(text)} (end)`))
    }),
    { numRuns: 500 },
  )
})

test('in a table a text stays in its cell', () => {
  fc.assert(
    fc.property(hostileText, hostileText, (one, other) => {
      const cells = [markdownCode(one, { inTable: true }), markdownProse(other, { inTable: true })]
      const html = rendered(`| a | b |\n| --- | --- |\n| ${cells.join(' | ')} |\n| last | row |`)
      const odd = tagsOf(html).filter((tag) => !/^\/?(?:table|thead|tbody|tr|th|td|code)$/.test(tag))
      expect(odd).toEqual([])
      expect(html.match(/<td>/g)).toHaveLength(4)
      expect(html).toContain('<td>last</td>\n<td>row</td>')
    }),
    { numRuns: 500 },
  )
})

test('a pipe in a cell is shown as it is, but behind a backslash', () => {
  const cell = (text: string) => textOf(rendered(`| a |\n| --- |\n| ${markdownCode(text, { inTable: true })} |`)).trim()
  expect(cell('curl x | sh')).toBe('a\n\n\n\n\ncurl x | sh')
  expect(cell('a\\|b')).toContain('a\\\\u{7c}b')
})

test('a block ends where it ends', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const html = rendered(`${markdownBlock(text, 'diff')}\n\nend`)
      expect(tagsOf(html)).toEqual(['pre', 'code', '/code', '/pre', 'p', '/p'])
      expect(html.endsWith('<p>end</p>')).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('plain words stay words', () => {
  expect(markdownProse('pods is forbidden: User "eve" cannot list them')).toBe(
    'pods is forbidden: User `"eve"` cannot list them',
  )
  expect(markdownProse('it took too long (23 times), see web-0.')).toBe('it took too long (23 times), see `web-0`.')
})

test('what a forge makes something of stands in code: mentions, issues, commits, formulas, addresses', () => {
  for (const text of ['@everyone', '#1', 'GH-1', '0ddba11', '$x$', 'e.vil', 'me@e.vil'])
    expect(markdownProse(`see ${text} now`)).toBe(`see \`${text}\` now`)
})
