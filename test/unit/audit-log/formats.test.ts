import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { rawEvent, readAll, said } from './samples.ts'

const raw = rawEvent()
const line = JSON.stringify(raw)
const other = JSON.stringify(rawEvent({ auditID: 'second', verb: 'list' }))
const list = {
  kind: 'EventList',
  apiVersion: 'audit.k8s.io/v1',
  metadata: {},
  items: [raw, rawEvent({ auditID: 'second', verb: 'list' })],
}
const plain = (await readAll(`${line}\n${other}\n`)).events.map(said)
const aks = (log: string) => ({
  category: 'kube-audit',
  time: '2026-11-21T17:00:59Z',
  properties: { log, pod: 'kube-apiserver-1' },
})
const cloudWatch = (message: string) => ({
  logStreamName: 'kube-apiserver-audit-1',
  timestamp: 1795280457100,
  message,
  eventId: '1',
})

test('an event has who, what, when, from where and with what outcome', () => {
  expect(plain[0]).toEqual({
    auditID: '47c560f3-663b-4569-916a-070760e97cbd',
    stage: 'ResponseComplete',
    level: 'Metadata',
    verb: 'get',
    requestURI: '/api/v1/namespaces/default/secrets/db',
    user: { username: 'mallory', groups: ['dev', 'system:authenticated'], extra: {} },
    sourceIPs: ['8.8.8.8', '10.0.0.7'],
    userAgent: 'kubectl/v1.34.4',
    object: { group: '', version: 'v1', resource: 'secrets', subresource: '', namespace: 'default', name: 'db' },
    response: { code: 200 },
    received: '2026-11-21T17:00:57.100001Z',
    staged: '2026-11-21T17:00:57.200002Z',
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  })
  expect(plain).toHaveLength(2)
})

const bom = Buffer.from([0xef, 0xbb, 0xbf])
const forms: Record<string, string | Buffer> = {
  'without a last line feed': `${line}\n${other}`,
  'with CRLF and empty lines': `${line}\r\n\r\n${other}\r\n`,
  'with a byte order mark': Buffer.concat([bom, Buffer.from(`${line}\n${other}\n`)]),
  'as UTF-16, as PowerShell writes': Buffer.from(`\ufeff${line}\r\n${other}\r\n`, 'utf16le'),
  'behind NULs of a disk that lost power': `${'\0'.repeat(5000)}${line}\n${other}\n`,
  gzipped: gzipSync(`${line}\n${other}\n`),
  'gzipped in members': Buffer.concat([gzipSync(`${line}\n`), gzipSync(`${other}\n`)]),
  'gzipped with a byte order mark': gzipSync(Buffer.concat([bom, Buffer.from(`${line}\n${other}`)])),
  'as an EventList': JSON.stringify(list),
  'as an EventList over many lines': JSON.stringify(list, undefined, 2),
  'as one EventList a line': `${JSON.stringify({ ...list, items: [list.items[0]] })}\n${JSON.stringify({ ...list, items: [list.items[1]] })}\n`,
  'as an array': JSON.stringify([raw, list.items[1]]),
  'printed one behind the other': `${JSON.stringify(raw, undefined, 4)}\n${JSON.stringify(list.items[1], undefined, 4)}\n`,
  'with members in another order': `${JSON.stringify(Object.fromEntries(Object.entries(raw).toReversed()))}\n${other}\n`,
}

test.each(Object.keys(forms))('%s it is the same', async (form) => {
  const { events, report } = await readAll(forms[form] ?? '')
  expect(events.map(said)).toEqual(plain)
  expect(report).toMatchObject({ events: 2, salvaged: 0, unreadable: 0, gaps: [] })
})

const envelopes: Record<string, string> = {
  'aws logs filter-log-events': JSON.stringify(
    { events: [cloudWatch(line), cloudWatch(other)], searchedLogStreams: [] },
    undefined,
    4,
  ),
  'CloudWatch, one a line': `${JSON.stringify(cloudWatch(line))}\n${JSON.stringify(cloudWatch(other))}\n`,
  'a CloudWatch subscription': JSON.stringify({
    messageType: 'DATA_MESSAGE',
    logEvents: [cloudWatch(line), cloudWatch(other)],
  }),
  'a CloudWatch export to S3': `2026-11-21T17:00:57.100Z ${line}\n2026-11-21T17:00:57.100Z ${other}\n`,
  'AKS storage': `${JSON.stringify(aks(line))}\n${JSON.stringify(aks(other))}\n`,
  'AKS Event Hubs': JSON.stringify({ records: [aks(line), aks(other)] }),
  'AKS with properties as text': `${JSON.stringify({ ...aks(''), properties: JSON.stringify({ log: line }) })}\n${JSON.stringify(aks(other))}\n`,
  'AKS as .NET writes quotes': `${JSON.stringify(aks(line)).replaceAll('\\"', '\\u0022')}\n${JSON.stringify(aks(other))}\n`,
}

test.each(Object.keys(envelopes))('%s: the events in the envelope, and its time beside theirs', async (form) => {
  for (const words of [undefined, ['secrets']]) {
    const { events, report } = await readAll(envelopes[form] ?? '', words && { words })
    expect(events.map((event) => ({ ...said(event), shipped: undefined }))).toEqual(plain)
    for (const { shipped } of events) expect(shipped).toMatch(/^2026-11-21T17:00:5[79]/)
    expect(report).toMatchObject({ events: 2, unreadable: 0, foreign: 0 })
  }
})

test('GKE: the fields of protoPayload are those of an event', async () => {
  // Fields as in Google's documentation of AuditLog; no recorded entry was to be had under a licence.
  const entry = {
    insertId: 'g1',
    timestamp: '2026-11-21T17:00:57.100001Z',
    labels: { 'authorization.k8s.io/decision': 'allow' },
    operation: { id: 'op-1', first: true, producer: 'k8s.io' },
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      serviceName: 'k8s.io',
      methodName: 'io.k8s.core.v1.pods.exec.create',
      resourceName: 'core/v1/namespaces/shop/pods/web/exec',
      authenticationInfo: { principalEmail: 'alice@example.com' },
      requestMetadata: { callerIp: '203.0.113.9', callerSuppliedUserAgent: 'kubectl' },
      status: { code: 7, message: 'forbidden' },
    },
  }
  for (const text of [JSON.stringify([entry], undefined, 2), `${JSON.stringify(entry)}\n`]) {
    const { events } = await readAll(text, { words: ['exec', 'attach'] })
    expect(events).toMatchObject([
      {
        auditID: 'op-1',
        stage: 'ResponseStarted',
        verb: 'create',
        user: { username: 'alice@example.com' },
        object: { group: '', resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web' },
        response: { code: 403 },
        sourceIPs: ['203.0.113.9'],
        received: '2026-11-21T17:00:57.100001Z',
      },
    ])
  }
})

test('older versions: the group within apiVersion, and one timestamp', async () => {
  const old = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1alpha1',
    timestamp: '2018-01-02T03:04:05Z',
    auditID: 'a',
    requestURI: '/apis/apps/v1/namespaces/x/deployments',
    verb: 'list',
    user: { username: 'u' },
    objectRef: { resource: 'deployments', namespace: 'x', apiVersion: 'apps/v1' },
  }
  const { events } = await readAll(JSON.stringify(old))
  expect(events).toMatchObject([
    { received: '2018-01-02T03:04:05Z', stage: 'ResponseComplete', object: { group: 'apps', version: 'v1' } },
  ])
})

test('other lines are counted as such, and never as events', async () => {
  const { events, report } = await readAll(
    `I1121 17:00:00 controller.go:1] started\n${line}\n{"kind":"Pod","metadata":{}}\n[1]\n"x"\n`,
  )
  expect(events).toHaveLength(1)
  expect(report).toMatchObject({ lines: 5, events: 1, foreign: 4, unreadable: 0 })
})

test('what an event quotes is no event: bodies are not searched', async () => {
  const forged = rawEvent({ auditID: 'forged', user: { username: 'victim' } })
  const carrier = rawEvent({
    requestObject: { message: JSON.stringify(forged), items: [forged], log: JSON.stringify(forged) },
  })
  const { events } = await readAll(`${JSON.stringify(carrier)}\n`)
  expect(events.map(({ auditID }) => auditID)).toEqual([raw['auditID']])
})
