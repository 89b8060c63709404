import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shellLine } from '../../../src/text/shell.ts'
import { escapeForTerminal } from '../../../src/text/terminal.ts'
import { hostileNames } from '../rbac/worlds.ts'

const words = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...hostileNames.filter((name) => !name.includes('\0')),
      '',
      '-n',
      '\u001b[31m1',
      'a\nb',
      "it's",
      '\\u{1b}',
      '\u{e0041}',
    ),
    fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
  ),
  { minLength: 1, maxLength: 20 },
)

test('a line that was shown on a terminal and copied is the same words to a shell', () => {
  fc.assert(
    fc.property(words, (given) => {
      const line = shellLine(given)
      expect(escapeForTerminal(line)).toBe(line)
      const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
      expect(stdout.split('\0').slice(0, -1)).toEqual(given)
    }),
    { numRuns: 30 },
  )
})
