import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSubject, parseSubject } from '../../../src/rbac/subject-text.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { escapeForTerminal } from '../../../src/text/terminal.ts'
import { hostileNames } from './worlds.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.constantFrom(...hostileNames, 'a\\u{1b}b', '\\u{5c}', 'sa:x/y', ':'),
)
const segment = anyText.filter((text) => !text.includes('/'))
const subjects: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const), name: anyText }),
  fc.record({ kind: fc.constant('ServiceAccount' as const), namespace: segment, name: segment }),
)

test('what an answer prints of a subject can be typed into the next question', () => {
  fc.assert(
    fc.property(subjects, (subject) => {
      expect(parseSubject(escapeForTerminal(formatSubject(subject)))).toEqual(subject)
    }),
    { numRuns: 1000 },
  )
})

test.each(['', 'bob', 'user:', 'sa:ns', 'sa:ns/', 'sa:/a', 'pod:', 'Group:x', ':x'])('"%s" is no subject', (text) => {
  expect(() => parseSubject(text)).toThrow(/is not a subject/)
})
