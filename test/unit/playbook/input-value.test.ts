import { expect, it } from 'vitest'
import { type Answers, noAnswers, wrongIn } from '../../../src/playbook/answers.ts'
import { valueOf } from '../../../src/playbook/input-value.ts'
import type { Input } from '../../../src/playbook/model.ts'

const word = (pattern: string): Input => ({ type: 'string', ask: 'Which?', pattern })

it('a pattern is of the whole text', () => {
  expect(valueOf(word('a+'), 'aaa')).toBe('aaa')
  expect(() => valueOf(word('a+'), 'aab')).toThrow('"aab" is no string: write text that matches a+')
})

// Whoever wrote the playbook wrote them. On a busy machine what needs too much takes too long before.
it.each([
  [
    'takes for ever',
    '^(a+)+$',
    `${'a'.repeat(60)}!`,
    /it takes too long to look whether the text matches \^\(a\+\)\+\$/,
  ],
  [
    'needs more than there is',
    `(?:${'(b)?'.repeat(45)}a)*`,
    'a'.repeat(1_000_000),
    /it takes too (much memory|long) to/,
  ],
])('a pattern that %s is refused in words', (_what, pattern, value, why) => {
  const answers: Answers = { ...noAnswers, inputs: { word: value } }
  const need = { kind: 'input' as const, key: 'word', input: word(pattern) }
  expect(wrongIn(answers, [need], '')).toEqual([{ pointer: '/inputs/word', why: expect.stringMatching(why) as string }])
})
