import { expect, test } from 'vitest'
import { micros } from '../../../../src/audit-log/event.ts'
import { mergeStages } from '../../../../src/audit-log/merge-stages.ts'
import { isoMicros } from '../../../../src/audit-log/timeline-clock.ts'
import { createCase } from '../../../../src/bundle/case.ts'
import { readBundle } from '../../../../src/bundle/read.ts'
import { ownRequests } from '../../../../src/evidence/timeline/own-requests.ts'
import { rawEvent, readAll } from '../../audit-log/samples.ts'
import { freshDirectory, head } from '../../bundle/cases.ts'
import { clock, clocksFrom } from './told.ts'

const path = '/api/v1/secrets?limit=500'
const began = '2026-11-21T17:00:57.000Z'
const servers = clocksFrom(clock(2900, 3100)) // three seconds ahead
const event = (changes: object = {}) =>
  rawEvent({
    auditID: 'ours',
    verb: 'list',
    requestURI: path,
    user: { username: 'responder' },
    requestReceivedTimestamp: '2026-11-21T17:01:00.100000Z',
    ...changes,
  })

async function own(clocks = servers, operator: object = { user: 'responder' }) {
  const dir = `${freshDirectory()}/case`
  const made = await createCase(dir, { ...head, operator: operator as { user: string } })
  made.request({ auditId: 'ours', method: 'GET', path, began, ms: 200, answers: [{ status: 200 }] })
  made.request({ auditId: 'other', method: 'GET', path: '/version', began, ms: 2, answers: [{ status: 403 }] })
  await made.close()
  return await ownRequests(await readBundle(dir), clocks, 'journal')
}

async function requestOf(changes: object) {
  const { events } = await readAll(JSON.stringify(event(changes)))
  for await (const request of mergeStages(events)) return request
  throw new Error('no request')
}

test('a request of ours is known in the log of a server whose clock is off, and is not told twice', async () => {
  const requests = await own()
  expect(requests.has(await requestOf({}))).toBe(true)
  expect(
    [...requests.rows()].map(({ row: { what, by, own: mine, outcome } }) => ({ what, by, mine, outcome })),
  ).toEqual([
    { what: 'GET /version', by: 'responder', mine: true, outcome: { decision: 'none', result: 'denied', code: 403 } },
  ])
})

test('in the name of somebody is as that one', async () => {
  const as = { user: { username: 'root' }, impersonatedUser: { username: 'responder' } }
  expect((await own()).has(await requestOf(as))).toBe(true)
})

test.each<[string, object]>([
  ['of somebody else', { user: { username: 'mallory' } }],
  ['by us in the name of somebody else', { impersonatedUser: { username: 'root' } }],
  ['to another path', { requestURI: '/api/v1/secrets' }],
  ['of another verb', { verb: 'deletecollection' }],
  ['a minute later', { requestReceivedTimestamp: isoMicros((micros(began) ?? 0) + 63_000_000) }],
  ['before it', { requestReceivedTimestamp: isoMicros((micros(began) ?? 0) + 1_500_000) }],
  ['without a time', { requestReceivedTimestamp: undefined, stageTimestamp: undefined }],
  ['of another id', { auditID: 'others' }],
])('what has our Audit-ID and is %s is not ours', async (_, changes) => {
  expect((await own()).has(await requestOf(changes))).toBe(false)
})

test('nothing is ours where nobody knows who we were, or when it was', async () => {
  const request = await requestOf({})
  expect((await own(servers, { user: null as never })).has(request)).toBe(false)
  const then = await requestOf({ requestReceivedTimestamp: began })
  expect((await own(clocksFrom())).has(then)).toBe(false)
  expect((await own(clocksFrom(clock(0, 0)))).has(then)).toBe(true)
})
