import { expect, test } from 'vitest'
import { escapeCell, unescapeFromTerminal } from '../../../src/text/terminal.ts'

test.each([
  ['jane doe', 'jane doe'],
  ['oncall ', 'oncall\\u{20}'],
  [' oncall', '\\u{20}oncall'],
  ['oncall\u00a0', 'oncall\\u{a0}'],
  ['bob   User', 'bob\\u{20}\\u{20}\\u{20}User'],
  ['a\u2800b', 'a\\u{2800}b'],
  ['\u3000', '\\u{3000}'],
])('%j cannot pass for another name', (name, shown) => {
  expect(escapeCell(name)).toBe(shown)
  expect(unescapeFromTerminal(shown)).toBe(name)
})
