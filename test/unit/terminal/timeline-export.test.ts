import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stamp } from '../../../src/audit-log/timeline-clock.ts'
import type { TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { timesketchCsvHeader, timesketchCsvLine, timesketchLine } from '../../../src/terminal/timeline-export.ts'
import { timelineTable } from '../../../src/terminal/timeline-text.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { describeNeeding } from '../../cluster/suite.ts'

const row = (more: Partial<TimelineRow> = {}): TimelineRow => ({
  kind: 'audit',
  ...stamp('2026-11-21T17:00:57.100001Z', { source: 'a.log', clock: { aheadMs: 0, uncertaintyMs: 12 } }),
  by: 'mallory',
  what: 'get secrets',
  namespace: 'default',
  name: 'db',
  outcome: { decision: 'allow', result: 'done', code: 200 },
  at: [{ file: 'a.log', line: 3 }],
  count: 1,
  questions: ['secrets-read', 'first-seen'],
  attack: ['T1552.007'],
  ...more,
})

/** What an independent parser makes of text. */
function python(script: string, input: string): unknown {
  const { status, stdout, stderr } = spawnSync(
    'python3',
    ['-c', `import csv,io,json,sys\ndata=sys.stdin.buffer.read().decode('utf-8')\n${script}`],
    {
      input,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as unknown
}
const missing = spawnSync('python3', ['--version']).status === 0 ? [] : ['python3']
const parsedCsv = (text: string) =>
  python(`print(json.dumps(list(csv.DictReader(io.StringIO(data, newline=''), strict=True))))`, text) as Record<
    string,
    string
  >[]
const parsedLines = (text: string) =>
  python(`print(json.dumps([json.loads(l) for l in data.split('\\n') if l]))`, text) as Record<string, unknown>[]

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '=cmd|x',
    '+1',
    '-1',
    '@SUM(A1)',
    '＝1',
    ' =1',
    '\t=1',
    'a;=1',
    'a; @x',
    '"',
    '""',
    '",="',
    'a,b',
    'a\r\n=b',
    '\u001b[2J',
    "'",
  ),
)
const rows = fc.array(
  fc.record({
    by: nasty,
    as: nasty,
    from: nasty,
    what: nasty,
    namespace: nasty,
    name: nasty,
    source: nasty,
    until: nasty,
    claimed: fc.constantFrom(true as const, undefined),
    at: fc.array(fc.record({ file: nasty, line: fc.nat() }), { maxLength: 2 }),
    questions: fc.array(nasty, { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 30 },
)
type Drawn = typeof rows extends fc.Arbitrary<infer T> ? T : never
const made = (all: Drawn) => all.map(({ claimed, ...one }) => row({ ...one, ...(claimed && { claimed }) }))

describeNeeding(missing, 'as Python reads them', () => {
  test('JSON lines and CSV, as Python reads them', () => {
    const [line] = parsedLines(timesketchLine(row({ until: 'x' })))
    const [record] = parsedCsv(timesketchCsvHeader + timesketchCsvLine(row({ until: 'x' })))
    const head = {
      message: 'user:mallory: get secrets on default/db: done',
      datetime: '2026-11-21T17:00:57.100001Z',
      timestamp_desc: 'Kubernetes audit: request received',
      kind: 'audit',
      time: '2026-11-21T17:00:57.100001Z',
      source: 'a.log',
      by: 'mallory',
      what: 'get secrets',
      namespace: 'default',
      name: 'db',
      outcome: 'done',
      until: 'x',
    }
    expect(line).toEqual({
      ...head,
      uncertaintyMs: 12,
      count: 1,
      questions: ['secrets-read', 'first-seen'],
      attack: ['T1552.007'],
      lines: ['a.log:3'],
    })
    expect(record).toEqual({
      ...head,
      uncertaintyMs: '12',
      clockUnknown: '',
      claimed: '',
      as: '',
      from: '',
      own: '',
      count: '1',
      questions: 'secrets-read first-seen',
      attack: 'T1552.007',
      routine: '',
      lines: 'a.log:3',
    })
  })

  test('whatever a bundle says, JSON lines give it back, one line a row', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const text = made(all).map(timesketchLine).join('')
        expect(text.replaceAll('\n', '').match(hostileCharacters)).toBeNull()
        const lines = parsedLines(text)
        expect(lines.map(({ what, source }) => ({ what, source }))).toEqual(
          all.map(({ what, source }) => ({ what, source })),
        )
      }),
      { numRuns: 8 },
    )
  })

  test('whatever a bundle says, CSV has a record a row, and no cell that a spreadsheet or a terminal obeys', () => {
    const columns = Object.keys(parsedCsv(timesketchCsvHeader + timesketchCsvLine(row()))[0] ?? {})
    fc.assert(
      fc.property(rows, (all) => {
        const text = timesketchCsvHeader + made(all).map(timesketchCsvLine).join('')
        expect(text.replaceAll('\r\n', '').match(hostileCharacters)).toBeNull()
        const records = parsedCsv(text)
        expect(records).toHaveLength(all.length)
        for (const record of records) {
          expect(Object.keys(record)).toEqual(columns)
          // The semicolon is what parts cells where the comma is for decimals.
          for (const cell of Object.values(record)) expect(cell.match(/(^|;)\s*[=+\-@＝＋－＠]/)).toBeNull()
        }
      }),
      { numRuns: 8 },
    )
  })
})

test('of a row without a time that is said', () => {
  const line = JSON.parse(timesketchLine(row(stamp('', { source: 'a.log' })))) as Record<string, unknown>
  expect(line).toMatchObject({ datetime: '1970-01-01T00:00:00Z', timestamp_desc: 'Kubernetes audit: time unknown' })
})

test('who is claimed to have acted is no user, and nobody is not called one', () => {
  const event = { kind: 'event' as const, by: 'mallory', claimed: true as const }
  const table = timelineTable([row(event), row(), row({ kind: 'state', by: '' })], { wide: true, width: undefined })
  expect(
    table
      .split('\n')
      .slice(1, 4)
      .map((line) => /(user:mallory|mallory \(claimed\)| - +done)/.exec(line)?.[0]),
  ).toEqual(['mallory (claimed)', 'user:mallory', expect.stringMatching(/^ - /)])
})
