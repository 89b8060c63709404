import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { micros } from '../../../src/audit-log/event.ts'
import { timelineLanes } from '../../../src/terminal/browser/timeline-lanes.ts'
import { timelineRows } from '../../../src/terminal/browser/timeline-rows.ts'
import { timelineScale } from '../../../src/terminal/browser/timeline-scale.ts'
import { timelineTime } from '../../../src/terminal/browser/timeline-time.ts'
import { outcomeText, targetText } from '../../../src/terminal/audit-words.ts'
import { timelinePage } from '../../../src/terminal/timeline-page.ts'
import { timelinePageData } from '../../../src/terminal/timeline-page-data.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { escapeCell } from '../../../src/text/terminal.ts'
import { denied, done, incident, row, timeAt, timelineReport } from './timeline-reports.ts'

const time = timelineTime()
const scale = timelineScale(time)
const pageOf = (...entries: TimelineRow[]) => [...timelinePage(timelineReport(entries))].join('')
const rowsOf = (entries: TimelineRow[]) => {
  const data = timelinePageData(entries)
  return { data, rows: timelineRows(data, time) }
}

const text = fc.oneof(
  fc.constantFrom('alice', 'system:serviceaccount:a:b', 'system:node:x', '', '__proto__', 'constructor'),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const moment = fc.oneof(
  fc.nat({ max: 3_600_000_000 }).map(timeAt),
  fc.constantFrom(
    '',
    'soon',
    '2026-03-03T14:00:00Z',
    '2026-03-03T15:00:00.123456789+01:00',
    '9999-12-31T23:59:59.999999Z',
  ),
)
const entry: fc.Arbitrary<TimelineRow> = fc
  .record({
    kind: fc.constantFrom('audit' as const, 'event' as const, 'state' as const, 'request' as const, 'change' as const),
    time: moment,
    corrected: moment,
    uncertaintyMs: fc.nat({ max: 5000 }),
    source: text,
    by: text,
    what: text,
    name: text,
    outcome: fc.constantFrom(done, denied),
    count: fc.nat({ max: 50 }).map((more) => more + 1),
    questions: fc.subarray(['exec', 'tokens', 'nobody-knows']),
    orderSure: fc.boolean(),
    at: fc.array(fc.record({ file: text, line: fc.nat() }), { maxLength: 60 }),
  })
  .chain((made) =>
    fc.option(moment, { nil: undefined }).map((until) => row(0, { ...made, ...(until !== undefined && { until }) })),
  )
const entries = fc.array(entry, { maxLength: 30 })

test('the page has every row, exactly as it is told, in order of time and those without one last', () => {
  fc.assert(
    fc.property(entries, (given) => {
      const { data, rows } = rowsOf(given)
      const at = (one: TimelineRow) => micros(one.corrected) ?? Infinity
      const wanted = given.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)))
      expect(rows.size).toBe(given.length)
      expect(rows.timed).toBe(given.filter((one) => at(one) !== Infinity).length)
      for (const [index, one] of wanted.entries()) {
        const its = rows.textsOf(index)
        expect(its).toMatchObject({
          time: at(one) === Infinity ? '' : one.corrected,
          written: escapeCell(one.time),
          until: escapeCell(one.until ?? ''),
          what: escapeCell(one.what),
          source: escapeCell(one.source),
          target: escapeCell(targetText(one)),
          outcome: outcomeText(one.outcome),
          questions: one.questions.join(', '),
          count: one.count,
        })
        expect(its.actor).toContain(escapeCell(one.by === '' && one.kind !== 'audit' ? one.source : one.by).slice(-1))
        expect(its.has('orderUnsure')).toBe(!one.orderSure)
        // Beyond the year 2255 a number is not exact to the microsecond; the text is.
        if (index < rows.timed)
          expect(Math.abs((rows.at[index] ?? 0) + rows.base - at(one))).toBeLessThan(at(one) > 9e15 ? 200 : 1e-9)
        const lines = (data.rows.at[index] ?? []).length / 2
        expect(lines + (data.rows.atMore[index] ?? 0)).toBe(one.at.length)
      }
    }),
    { numRuns: 300 },
  )
})

test('no text of a cluster or a log is in the page as it came, and none ends or begins an element', () => {
  fc.assert(
    fc.property(entries, text, (given, other) => {
      const gap = { what: other, why: other, hides: other }
      const html = [...timelinePage(timelineReport(given, { gaps: [gap], notes: [other] }))].join('')
      expect(html.slice(0, html.lastIndexOf('<script>')).replaceAll('\n', '').search(hostileCharacters)).toBe(-1)
      expect(html.match(/<script/g)?.length).toBe(2)
      expect(html.match(/<\/script>/g)?.length).toBe(2)
    }),
    { numRuns: 100 },
  )
})

test('the same report makes the same page, which names no other place', () => {
  const html = [...timelinePage(incident())].join('')
  expect([...timelinePage(incident())].join('')).toBe(html)
  expect(html).not.toMatch(/https?:|src=|href=|url\(|@import/)
})

test('what it cannot show stands before everything else, in words', () => {
  const html = [...timelinePage(incident())].join('')
  const top = html.slice(html.indexOf('<body>'), html.indexOf('<main>'))
  expect(top).toContain('read audit-2.log.gz: it ends in the middle; hidden: what was after 14:48')
  expect(top).toContain('<strong>Unanswerable, not seeing these proves nothing:</strong> exec; rules[0]: not logged')
  expect(top).toContain('exec: what was typed')
  expect(top).toContain(`the log is silent from ${timeAt(2000e6)} to ${timeAt(2300e6)}`)
  expect(top).toContain('left out: 1234 requests that no question is about')
  expect(top).toContain('1 row without a time')
  expect(pageOf()).toContain('There is not one row.')
  const unasked = [...timelinePage(timelineReport([], { coverage: [] }))].join('')
  expect(unasked).toContain('it is not known what was asked of the API server')
})

test('a text that is too long is cut, and says so; so are lines', () => {
  const at = Array.from({ length: 60 }, (_, line) => ({ file: 'a', line }))
  const { data, rows } = rowsOf([row(0, { by: 'x'.repeat(1_000_000), at })])
  expect(rows.textsOf(0).actor).toMatch(/^user:x{3995}… and 996005 more characters \(-o json\)$/)
  expect(data.rows.atMore).toEqual({ 0: 10 })
})

test('how grave a row is', () => {
  const weights: [Partial<TimelineRow>, string][] = [
    [{}, 'everything else'],
    [{ by: 'system:kube-scheduler' }, 'routine'],
    [{ by: 'system:kube-scheduler', as: 'root' }, 'everything else'],
    [{ by: 'system:kube-scheduler', questions: ['exec'] }, 'grave finding'],
    [{ questions: ['exec'], routine: 'a kubelet' }, 'routine'],
    [{ questions: ['exec'] }, 'grave finding'],
    [{ questions: ['port-forward'] }, 'finding'],
    [{ questions: ['exec'], outcome: denied }, 'refused or failed'],
    [{ questions: ['refusals'], outcome: denied, count: 30 }, 'finding'],
    [{ questions: ['exec'], own: true }, 'made by kubectl secure'],
  ]
  for (const [given, weight] of weights) expect(rowsOf([row(0, given)]).rows.textsOf(0).weight).toBe(weight)
})

test('whoever was authenticated shares no lane with a name that somebody wrote', () => {
  const { data, rows } = rowsOf([
    row(0, { by: 'kubelet' }),
    row(0, { kind: 'event', by: 'kubelet', claimed: true }),
    row(0, { kind: 'state', by: '', source: 'node/a' }),
    row(0, { kind: 'state', by: 'kubelet', claimed: true, routine: 'a write of status' }),
    row(0, { by: '' }),
    row(0, { by: 'system:serviceaccount:a:b' }),
    row(0, { by: 'system:serviceaccount:kube-system:job-controller' }),
    row(0, { by: 'system:serviceaccount:kube-system:job-controller', as: 'root' }),
  ])
  const lanes = timelineLanes(data, rows).lanes(
    Uint32Array.from({ length: rows.size }, (_, index) => index),
    data.groups.map(() => true),
  )
  expect(lanes.map(({ actor, name }) => (actor === undefined ? `# ${name}` : name))).toEqual([
    '# People and tokens',
    'user:kubelet',
    '(nobody)',
    '# Service accounts',
    'sa:a/b',
    'sa:kube-system/job-controller as user:root',
    '# As reported, nobody authenticated',
    'kubelet (claimed)',
    'node/a',
    '# Control plane, routine',
    'kubelet (claimed)',
    'sa:kube-system/job-controller',
  ])
})

test('every row that has a time is in one lane, and in one cluster of it, open or closed', () => {
  fc.assert(
    fc.property(
      entries,
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.double({ min: 1, max: 1e9, noNaN: true }),
      (given, isOpen, gap) => {
        const { data, rows } = rowsOf(given)
        const { lanes, clusters, clusterFrom } = timelineLanes(data, rows)
        const all = Uint32Array.from({ length: rows.size }, (_, index) => index)
        const found = lanes(all, isOpen)
        expect(found.flatMap((lane) => [...lane.rows]).toSorted((a, b) => a - b)).toEqual([
          ...all.subarray(0, rows.timed),
        ])
        for (const lane of found) {
          const starts = clusters(lane, gap)
          if (lane.rows.length > 0) expect(starts[0]).toBe(0)
          const times = [...starts].map((place) => rows.at[lane.rows[place] ?? 0] ?? 0)
          for (const [index, at] of times.entries()) {
            if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(gap)
            const last = rows.at[lane.rows[(starts[index + 1] ?? lane.rows.length) - 1] ?? 0] ?? 0
            expect(last - at).toBeLessThan(gap)
            expect(clusterFrom(lane, starts, at)).toBe(times.indexOf(at))
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a filter lets through what has all its words, and is of the kinds and weights that are ticked', () => {
  const { data, rows } = rowsOf(incident().entries)
  const every = { kinds: data.kinds.map(() => true), weights: data.weights.map(() => true) }
  const whats = (...words: string[]) => [...rows.find({ ...every, words })].map((found) => rows.textsOf(found).what)
  expect(whats('mallory', 't1098')).toEqual(['create clusterrolebindings: cluster-admin to mallory'])
  expect(whats('mallory', 'nowhere')).toEqual([])
  expect(rows.find({ ...every, words: [] })).toHaveLength(rows.size)
  const refused = data.weights.map(({ name }) => name === 'refused or failed')
  expect(
    new Set([...rows.find({ ...every, weights: refused, words: [] })].map((found) => rows.textsOf(found).outcome)),
  ).toEqual(new Set(['denied 403', 'unauthenticated 401']))
  const events = data.kinds.map(({ name }) => name === 'Event')
  expect([...rows.find({ ...every, kinds: events, words: [] })]).toHaveLength(1)
})

const year = 365 * 86_400e6
const stretch = fc
  .tuple(
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.double({ min: Math.log(50), max: Math.log(8000 * year), noNaN: true }),
  )
  .map(([from, length]) => ({ from, to: from + Math.exp(length) }))

test('what is looked at never leaves what there is, and zooming keeps the time under the hand', () => {
  fc.assert(
    fc.property(
      stretch,
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, share, factor, part) => {
        const length = all.to - all.from
        const slack = length * 1e-9 + 1e-3
        const view = scale.within(
          { from: all.from + length * part * 2, to: all.from + length * part * 2 + length * share },
          all,
        )
        const at = view.from + (view.to - view.from) * part
        for (const next of [
          view,
          scale.zoom(view, all, factor, at),
          scale.pan(view, all, length * factor),
          scale.pan(view, all, -length * factor),
        ]) {
          expect(next.from).toBeGreaterThanOrEqual(all.from - slack)
          expect(next.to).toBeLessThanOrEqual(all.to + slack)
          expect(next.to - next.from).toBeGreaterThanOrEqual(Math.min(50, length) - slack)
        }
        const nearer = scale.zoom(view, all, 0.5, at)
        if ((view.to - view.from) / 2 > 50)
          expect(Math.abs(nearer.from + (nearer.to - nearer.from) * part - at)).toBeLessThan(slack)
      },
    ),
  )
})

test('ticks stand at round times in what is looked at, each with a label of its own, at every zoom', () => {
  const base = Date.parse('2026-03-03T14:00:00Z') * 1000
  fc.assert(
    fc.property(stretch, fc.integer({ min: 1, max: 12 }), (view, most) => {
      const ticks = scale.ticks(view, base, most)
      expect(ticks.length).toBeLessThanOrEqual(most + 3)
      for (const { at } of ticks) {
        expect(at).toBeGreaterThanOrEqual(view.from - 1)
        expect(at).toBeLessThanOrEqual(view.to + 1)
      }
      const labels = ticks.map(({ label }) => label)
      // Hours come again after a date.
      if (view.to - view.from < 86_400e6) expect(new Set(labels).size).toBe(labels.length)
      expect(labels.filter((label, index) => label === labels[index + 1])).toEqual([])
    }),
  )
  const labels = (length: number) => scale.ticks({ from: 0, to: length }, base, 5).map(({ label }) => label)
  expect(labels(100)).toEqual([
    '14:00:00.000000',
    '14:00:00.000020',
    '14:00:00.000040',
    '14:00:00.000060',
    '14:00:00.000080',
    '14:00:00.000100',
  ])
  expect(labels(60e6)).toEqual(['14:00:00', '14:00:15', '14:00:30', '14:00:45', '14:01:00'])
  expect(labels(20 * 3600e6)).toEqual(['18:00', '2026-03-04', '06:00'])
  expect(labels(year)).toEqual(['2026-04', '2026-07', '2026-10', '2027-01'])
  expect(labels(8 * year)).toEqual(['2028', '2030', '2032', '2034'])
})

test('times and lengths in words', () => {
  const at = Date.parse('2026-03-03T14:00:05.123Z') * 1000 + 456
  expect(time.iso(at)).toBe('2026-03-03T14:00:05.123456Z')
  expect([1, 1e6, 3600e6, 90 * 86_400e6].map((span) => time.near(at, span))).toEqual([
    '2026-03-03 14:00:05.123456',
    '2026-03-03 14:00:05.123',
    '2026-03-03 14:00:05',
    '2026-03-03 14:00',
  ])
  expect([0, 5, 1500, 2.5e6, 90e6, 3600e6, 3.5 * 86_400e6, 400 * 86_400e6].map(time.duration)).toEqual([
    '0 µs',
    '5 µs',
    '1.5 ms',
    '2.5 s',
    '1.5 min',
    '1 h',
    '3.5 days',
    '400 days',
  ])
})
