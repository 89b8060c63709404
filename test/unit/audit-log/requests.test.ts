import { expect, test } from 'vitest'
import { mergeStages } from '../../../src/audit-log/merge-stages.ts'
import { type AuditRequest, duration } from '../../../src/audit-log/request.ts'
import { attributesOf, micros, sourceOf } from '../../../src/audit-log/event.ts'
import { timelineEntry } from '../../../src/audit-log/timeline.ts'
import { timeline } from '../../../src/audit-log/timeline-order.ts'
import { rawEvent, readAll } from './samples.ts'

async function requestsOf(...raws: Record<string, unknown>[]): Promise<AuditRequest[]> {
  const { events } = await readAll(raws.map((raw) => JSON.stringify(raw)).join('\n'))
  const requests: AuditRequest[] = []
  for await (const request of mergeStages(events)) requests.push(request)
  return requests
}

const asked: Record<string, unknown> = rawEvent({ stage: 'RequestReceived' })
delete asked['responseStatus']
delete asked['annotations']

test('the stages of a request are one, with what the last of them knows', async () => {
  const requests = await requestsOf(asked, rawEvent({ stageTimestamp: '2026-11-21T17:00:58.100001Z' }))
  expect(requests).toMatchObject([
    { stages: ['RequestReceived', 'ResponseComplete'], outcome: { decision: 'allow', result: 'done', code: 200 } },
  ])
  expect(requests[0]?.at.map(({ line }) => line)).toEqual([1, 2])
  expect(duration(requests[0] as AuditRequest)).toBe(1_000_000)
})

test('an open connection is a request too, and is open', async () => {
  const exec = { requestURI: '/api/v1/namespaces/default/pods/web/exec?command=sh', stage: 'ResponseStarted' }
  const requests = await requestsOf(asked, rawEvent({ ...exec, responseStatus: { code: 101 } }))
  expect(requests.map(({ outcome }) => outcome.result)).toEqual(['unknown', 'open'])
})

test('nobody hides behind an auditID: of another user, verb, URI or time it is another request', async () => {
  const others = [
    { user: { username: 'admin', groups: [] } },
    { verb: 'delete' },
    { requestURI: '/other' },
    { requestReceivedTimestamp: '2026-11-21T17:00:57.100002Z' },
  ]
  expect(await requestsOf(asked, ...others.map((other) => rawEvent(other)))).toHaveLength(5)
  const long = 'x'.repeat(5000)
  const pair = [{ ...asked, auditID: long }, rawEvent({ auditID: long })]
  expect(await requestsOf(...pair, { ...asked, auditID: `${long}y` })).toHaveLength(2)
})

test('what is never completed does not pile up', async () => {
  const { events } = await readAll(
    Array.from({ length: 50 }, (_, index) => JSON.stringify({ ...asked, auditID: `${index}` })).join('\n'),
  )
  const order: string[] = []
  for await (const { auditID } of mergeStages(events, { maxOpen: 10 })) order.push(auditID)
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`))
})

const decided = (decision: string, status: object) =>
  rawEvent({ responseStatus: status, annotations: decision ? { 'authorization.k8s.io/decision': decision } : {} })

test.each([
  ['allow', { code: 201 }, 'done'],
  ['forbid', { code: 403 }, 'denied'],
  [
    '',
    { code: 403, message: 'users "admin" is forbidden: User "mallory" cannot impersonate resource "users"' },
    'denied',
  ],
  ['allow', { code: 403, message: 'violates PodSecurity' }, 'rejected'],
  ['allow', { code: 409 }, 'rejected'],
  ['', { code: 401 }, 'unauthenticated'],
  ['allow', { code: 200, status: 'Success', message: 'Connection closed early' }, 'unknown'],
  ['allow', undefined, 'unknown'],
])('decision "%s" and %j: %s', async (decision, status, result) => {
  const [request] = await requestsOf(decided(decision, status as object))
  expect(request?.outcome).toMatchObject({ decision: decision || 'none', result })
})

test('only the peer counts as the source, and the name in a body is not what was authorized', async () => {
  const [request] = await requestsOf(rawEvent({ verb: 'create' }))
  expect(sourceOf(request as AuditRequest)).toBe('10.0.0.7')
  expect(attributesOf(request as AuditRequest)).toEqual({
    verb: 'create',
    group: '',
    resource: 'secrets',
    subresource: '',
    namespace: 'default',
    name: '',
  })
  const url = rawEvent({ requestURI: '/version?timeout=1s' })
  delete url['objectRef']
  const [other] = await requestsOf(url)
  expect(attributesOf(other as AuditRequest)).toEqual({ verb: 'get', path: '/version' })
})

// The first five are what net/url makes of it (Go); it refuses a % that begins no escape, and no server logs one.
test.each([
  ['/%6detrics?a=%6d', '/metrics'],
  ['/a%3Fb%2fc?d', '/a?b/c'],
  ['/%e4%bd%a0+x', '/你+x'],
  ['/%252e', '/%2e'],
  ['/metrics/%ff/%6d', '/metrics/\ufffd/m'],
  ['/%6detrics/%zz%', '/metrics/%zz%'],
])('%s is authorized as %s', (requestURI, path) => {
  expect(attributesOf({ verb: 'get', requestURI })).toEqual({ verb: 'get', path })
})

test('times are microseconds, in any zone', () => {
  expect(micros('2026-11-21T17:00:57.100001Z')).toBe(1795280457100001)
  expect(micros('2026-11-21T18:00:57.1+01:00')).toBe(1795280457100000)
  expect(micros('2026-11-21T17:00:57Z')).toBe(1795280457000000)
  expect(micros('yesterday')).toBeUndefined()
})

test('a timeline corrects clocks, and says where the order is not sure', async () => {
  const [request] = await requestsOf(rawEvent())
  const entry = (time: string, source: string, aheadMs: number, uncertaintyMs: number) =>
    timelineEntry({ ...(request as AuditRequest), time }, { clock: { source, clock: { aheadMs, uncertaintyMs } } })
  const node = entry('2026-11-21T17:07:00.000000Z', 'node', 420_000, 200) // 7 minutes ahead
  const audit = [
    entry('2026-11-21T17:00:00.100000Z', 'audit', 0, 50),
    entry('2026-11-21T17:00:00.900000Z', 'audit', 0, 50),
  ]
  const merged = timeline(audit, [node])
  expect(merged.map(({ source, corrected, orderSure }) => [source, corrected, orderSure])).toEqual([
    ['node', '2026-11-21T17:00:00.000000Z', false],
    ['audit', '2026-11-21T17:00:00.100000Z', true],
    ['audit', '2026-11-21T17:00:00.900000Z', true],
  ])
})
