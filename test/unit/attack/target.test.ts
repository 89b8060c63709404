import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Start, Target } from '../../../src/attack/report.ts'
import { formatStart, formatTarget, parseStart, parseTarget } from '../../../src/attack/target.ts'
import { escapeForTerminal } from '../../../src/text/terminal.ts'

const name = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('/'))

test('every target comes back from what is shown of it', () => {
  const targets: fc.Arbitrary<Target> = fc.oneof(
    fc.constant({ kind: 'admin' } as const),
    fc.constant({ kind: 'node' } as const),
    fc.record({ kind: fc.constant('node' as const), name }),
    fc.record({ kind: fc.constant('namespace' as const), namespace: name }),
    fc.record({ kind: fc.constantFrom('secret' as const, 'account' as const), namespace: name, name }),
  )
  fc.assert(
    fc.property(targets, (target) => {
      expect(parseTarget(formatTarget(target))).toEqual(target)
      expect(parseTarget(escapeForTerminal(formatTarget(target)))).toEqual(target)
    }),
  )
})

test('every start comes back from what is shown of it', () => {
  const starts: fc.Arbitrary<Start> = fc.oneof(
    fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const, 'Node' as const), name }),
    fc.record({ kind: fc.constantFrom('Pod' as const, 'ServiceAccount' as const), namespace: name, name }),
  )
  fc.assert(
    fc.property(starts, (start) => {
      expect(parseStart(escapeForTerminal(formatStart(start)))).toEqual(start)
    }),
  )
})

test.each(['', 'root', 'admin:x', 'node:', 'ns:', 'ns:a/b', 'secret:key', 'secret:a/b/c', 'sa:x', 'node:a/b'])(
  'what is no target is refused with what is one: %j',
  (text) =>
    expect(() => parseTarget(text)).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('secret:NAMESPACE/NAME') }),
    ),
)

test.each(['', 'x', 'node:', 'pod:x', 'ns:shop'])('what is no start is refused with what is one: %j', (text) =>
  expect(() => parseStart(text)).toThrow(
    expect.objectContaining({ code: 'usage', hint: expect.stringContaining('node:NAME') }),
  ),
)
