import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { openTimeline, type TimelineOptions, type TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { rawEvent } from './samples.ts'

const at = (second: number, changes: object = {}) =>
  rawEvent({ requestReceivedTimestamp: new Date(1_795_280_000_000 + second * 1000).toISOString(), ...changes })
const log = (...raws: object[]) => Readable.from([raws.map((raw) => `${JSON.stringify(raw)}\n`).join('')])
const refused = { responseStatus: { code: 403 }, annotations: { 'authorization.k8s.io/decision': 'forbid' } }
const pods = { requestURI: '/api/v1/pods', verb: 'list', objectRef: { resource: 'pods', apiVersion: 'v1' } }

async function rowsOf(source: Parameters<typeof openTimeline>[0], options: Partial<TimelineOptions> = {}) {
  const { rows, report } = openTimeline(source, { asked: questions, ...options })
  const found: TimelineRow[] = []
  for await (const row of rows) found.push(row)
  return { found, report: report() }
}

test('a request that answers two questions is one row; a burst is one of its own', async () => {
  const nobody = { user: { username: 'system:anonymous', groups: ['system:unauthenticated'] } }
  const burst = Array.from({ length: 12 }, (_, index) => at(10 + index, { ...pods, ...refused }))
  const { found, report } = await rowsOf(log(at(0, nobody), at(1, pods), ...burst))
  expect(found.map(({ questions: asked, count }) => [asked, count])).toEqual([
    [['anonymous', 'secrets-read'], 1],
    [['refusals'], 12],
  ])
  expect(found[0]?.what).toBe('get /api/v1/namespaces/default/secrets/db without credentials; get secrets')
  expect(report).toMatchObject({ others: 13, complete: false })
})

test('our own requests answer no question, and are counted', async () => {
  const isOwn = ({ auditID }: { auditID: string }) => auditID === 'ours'
  const raws = [at(0, { auditID: 'ours' }), at(1)]
  const some = await rowsOf(log(...raws), { isOwn })
  expect([some.found.length, some.report.own, some.report.others]).toEqual([1, 1, 0])
  const { found } = await rowsOf(log(...raws), { isOwn, all: true })
  expect(found.map(({ own, questions: asked }) => [own, asked])).toEqual([
    [true, []],
    [undefined, ['secrets-read']],
  ])
})

test('who is wanted, and all of theirs', async () => {
  const raws = [
    at(0),
    at(1, pods),
    at(2, { ...pods, user: { username: 'adam' }, impersonatedUser: { username: 'mallory' } }),
  ]
  const isWanted = ({ by, as }: { by: string; as?: string }) => by === 'adam' || as === 'adam'
  const { found, report } = await rowsOf(log(...raws), { isWanted, all: true })
  expect(found.map(({ by, as }) => [by, as])).toEqual([['adam', 'mallory']])
  expect(report.others).toBe(0)
})

test('of new actors those before the time are known, and are not shown', async () => {
  const since = new Date(1_795_280_050_000).toISOString()
  const raws = [at(0), at(1, { user: { username: 'old' } }), at(100), at(101, { user: { username: 'new' } })]
  const { found } = await rowsOf([log(...raws.slice(0, 2)), log(...raws.slice(2))], { since, knownBefore: since })
  expect(found.map(({ by, questions: asked }) => [by, asked])).toEqual([
    ['mallory', ['secrets-read']],
    ['new', ['secrets-read', 'first-seen']],
  ])
})
