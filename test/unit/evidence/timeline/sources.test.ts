import { expect, test } from 'vitest'
import { auditSources, timeIn } from '../../../../src/evidence/timeline/sources.ts'

test.each([
  ['logs', 'logs/audit.log', 'logs'],
  ['./logs/', 'logs/a/b.gz', './logs/'],
  ['../logs', '../logs/a', '../logs'],
  ['.', 'audit.log', '.'],
  ['/', '/var/log/audit.log', '/'],
  ['/var/log', '/var/log/audit.log', '/var/log'],
  ['/var/log', '/var/logs/audit.log', 'audit'],
  ['a.log', 'a.log', 'a.log'],
])('of --audit-log %s the file %s has the clock of %s', (source, file, expected) => {
  expect(auditSources([], [source]).clockOf(file).source).toBe(expected)
})

test('of two sources the nearest counts', () => {
  const { clockOf } = auditSources([], ['logs', 'logs/b'])
  expect(['logs/a.log', 'logs/b/a.log', 'logs/b'].map((file) => clockOf(file).source)).toEqual([
    'logs',
    'logs/b',
    'logs/b',
  ])
})

test('a time of ours by the clocks of logs: as early or as late as it may stand in any', () => {
  const clocks = [
    { source: 'a', clock: { aheadMs: 3000, uncertaintyMs: 100 } },
    { source: 'b', clock: { aheadMs: -1000, uncertaintyMs: 500 } },
    { source: 'c' },
  ]
  const time = '2026-11-21T17:00:00Z'
  expect(timeIn(clocks, time, -1)).toBe('2026-11-21T16:59:58.500000Z')
  expect(timeIn(clocks, time, 1)).toBe('2026-11-21T17:00:03.100000Z')
  expect(timeIn(clocks, undefined, 1)).toBeUndefined()
})
