import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { QuestionCoverage } from '../../../src/audit-log/coverage/coverage.ts'
import type { AuditReport } from '../../../src/audit-log/report.ts'
import type { TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { auditText } from '../../../src/terminal/audit-text.ts'
import { actorText, outcomeText, secondText, targetText } from '../../../src/terminal/audit-words.ts'
import { coverageText, readNotes } from '../../../src/terminal/coverage-text.ts'
import { plain } from '../../../src/terminal/look.ts'
import { timesketchLine } from '../../../src/terminal/timeline-export.ts'
import { timelineTable } from '../../../src/terminal/timeline-text.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'

const need = { verb: 'get', group: '', resource: 'pods', level: 'Metadata' as const }
const covered = (question: string, verdict: QuestionCoverage['verdict'], ...why: string[]): QuestionCoverage => ({
  question,
  verdict,
  needs: [{ need, verdict: verdict === 'answerable' ? 'logged' : 'not-logged', why }],
})
const gap = { what: 'read x', why: 'y', hides: 'z' }
const done = { decision: 'allow' as const, result: 'done' as const, code: 200 }

test('a name is an actor as --subject takes it, and no user passes for a service account', () => {
  expect(actorText({ by: 'system:serviceaccount:a:b' })).toBe('sa:a/b')
  expect(actorText({ by: 'system:serviceaccount:a:b:c' })).toBe('user:system:serviceaccount:a:b:c')
  expect(actorText({ by: 'sa:a/b', as: 'root' })).toBe('user:sa:a/b as user:root')
  expect(actorText({ by: '' })).toBe('(nobody)')
})

test('targets, outcomes and times', () => {
  expect(
    [{}, { name: 'n' }, { namespace: 'x' }, { namespace: 'x', names: ['a', 'b', 'c', 'd'] }].map(targetText),
  ).toEqual(['-', 'n', 'x/*', 'x/{a,b,c,…}'])
  expect(outcomeText(done)).toBe('done')
  expect(outcomeText({ decision: 'forbid', result: 'denied', code: 403 })).toBe('denied 403')
  expect(['2026-11-21T17:00:57.100001Z', '', 'soon'].map(secondText)).toEqual([
    '2026-11-21T17:00:57Z',
    'unknown',
    'soon',
  ])
})

test('each answer by what it is worth, those with the same reasons together', () => {
  const coverage = [
    covered('a', 'unanswerable', 'not logged'),
    covered('b', 'answerable'),
    covered('c', 'unanswerable', 'not logged'),
    covered('d', 'partly', 'for some'),
    covered('e', 'partly', 'for some'),
    covered('f', 'answerable'),
  ]
  const findings = [{ question: 'e' }, { question: 'e', routine: 'r' }, { question: 'f', routine: 'r' }]
  expect(coverageText({ coverage, findings, gaps: [] }, plain)).toBe(`found:  f 1 routine
found, maybe more:  e 1 + 1 routine
  -  for some
none:  b
unknown:  d
  -  for some
unanswerable:  a, c
  -  not logged
`)
})

test('with gaps there is no none, and nothing is sure', () => {
  const coverage = [covered('a', 'answerable'), covered('b', 'answerable')]
  expect(coverageText({ coverage, findings: [{ question: 'b' }], gaps: [gap] }, plain)).toBe(`found, maybe more:  b 1
unknown:  a
  -  part of the log could not be read
`)
})

test('silences are told', () => {
  const read = { files: [], bytes: 0, lines: 3, events: 1, salvaged: 1, unreadable: 0, foreign: 2 }
  const silences = Array.from({ length: 6 }, (_, index) => ({ from: `f${index}`, to: `t${index}` }))
  expect(readNotes({ read, span: { first: 'A', last: 'B', silences } })).toEqual([
    'read 0 files, 3 lines, 1 event, 2 lines of something else, 1 of the events not whole, from A to B',
    ...silences.slice(0, 5).map(({ from, to }) => `the log is silent from ${from} to ${to}: files may be missing`),
    '1 more silences (-o json)',
  ])
})

const hostile = fc.string({ unit: 'binary' })
const row = fc.record({
  by: hostile,
  as: hostile,
  from: hostile,
  what: hostile,
  namespace: hostile,
  name: hostile,
  time: hostile,
})

test('no text of a log reaches a terminal or a file as it is, and none makes another line', () => {
  fc.assert(
    fc.property(row, fc.boolean(), (text, wide) => {
      const entry: TimelineRow = {
        ...text,
        kind: 'audit',
        corrected: text.time,
        uncertaintyMs: 0,
        source: 'audit',
        outcome: { ...done, why: text.what },
        at: [{ file: text.name, line: 1 }],
        count: 1,
        questions: ['exec'],
        attack: [],
      }
      const { kind: _____, corrected: _, uncertaintyMs: __, source: ___, at, questions: ____, ...fields } = entry
      const finding = { ...fields, outcome: { ...done, why: text.what }, question: 'exec', severity: 'high' as const }
      const report: AuditReport = {
        apiVersion: 'secure.kubectl/v1' as AuditReport['apiVersion'],
        kind: 'AuditReport',
        complete: true,
        gaps: [],
        notes: [],
        read: { files: [], bytes: 0, lines: 0, events: 0, salvaged: 0, unreadable: 0, foreign: 0 },
        coverage: [covered('exec', 'answerable')],
        findings: [{ ...finding, userAgent: text.from, evidence: [{ auditID: 'x', at }] }],
      }
      const texts = [timelineTable([entry], { wide, width: undefined }), auditText(report, { wide, look: plain })]
      texts.push(timesketchLine(entry))
      expect(texts.map((one) => one.replaceAll('\n', '').match(hostileCharacters))).toEqual([null, null, null])
      expect(texts.map((one) => one.split('\n').length)).toEqual([3, wide ? 7 : 6, 2])
      const line = JSON.parse(texts[2] ?? '') as Record<string, unknown>
      expect(line).toMatchObject({ by: text.by, what: text.what, datetime: text.time || '1970-01-01T00:00:00Z' })
    }),
    { numRuns: 200 },
  )
})
