import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { auditReport } from '../../../src/audit-log/report.ts'
import { rawEvent } from './samples.ts'

const at = (second: number, changes: object = {}) =>
  rawEvent({ requestReceivedTimestamp: new Date(1_795_280_000_000 + second * 1000).toISOString(), ...changes })
const of = (id: string) => questions.filter((question) => question.id === id)
const log = (...raws: object[]) => Readable.from([raws.map((raw) => `${JSON.stringify(raw)}\n`).join('')])
const policy = auditPolicy({ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [{ level: 'Metadata' }] }, 'p')

test('alike findings are one, with a count and the names', async () => {
  const raws = Array.from({ length: 100 }, (_, index) =>
    at(index, { objectRef: { resource: 'secrets', namespace: 'x', name: `s-${index}` } }),
  )
  const report = await auditReport(log(...raws), { asked: of('secrets-read'), policy })
  expect(report).toMatchObject({ complete: true, findings: [{ count: 100, namespace: 'x', by: 'mallory' }] })
  expect(report.findings[0]?.names).toHaveLength(20)
  expect(report.findings[0]?.evidence).toHaveLength(20)
})

test('that data was destroyed is said of deletions alone', async () => {
  const write = (verb: string) => at(0, { verb, objectRef: { resource: 'secrets', namespace: 'x', name: 's' } })
  const { findings } = await auditReport(log(write('create'), write('delete')), {
    asked: of('secrets-changed'),
    policy,
  })
  expect(findings.map(({ what, attack }) => [what, attack])).toEqual([
    ['create secrets', ['T1098']],
    ['delete secrets', ['T1485', 'T1098']],
  ])
})

test('nothing found is no answer where the policy does not log it', async () => {
  const none = auditPolicy({ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [{ level: 'None' }] }, 'p')
  const report = await auditReport(log(at(0)), { asked: of('exec'), policy: none })
  expect(report).toMatchObject({
    complete: false,
    findings: [],
    coverage: [{ question: 'exec', verdict: 'unanswerable' }],
  })
  const unknown = await auditReport(log(at(0)), { asked: of('exec') })
  expect(unknown).toMatchObject({ complete: false, coverage: [{ verdict: 'unanswerable' }] })
})

test('what is read without a policy is what tells: kinds with a filter, spans without one', async () => {
  const secrets = await auditReport(
    log(at(0), at(1, { requestURI: '/api/v1/pods', objectRef: { resource: 'pods' } })),
    {
      asked: of('secrets-read'),
    },
  )
  expect(secrets).toMatchObject({ read: { events: 1 }, coverage: [{ verdict: 'partly' }] })
  expect(secrets.span).toBeUndefined()
  const refusals = await auditReport(log(at(0), at(2000)), { asked: of('refusals') })
  expect(refusals).toMatchObject({
    read: { events: 2 },
    coverage: [{ verdict: 'partly' }],
    span: { silences: { length: 1 } },
  })
})

const refused = (second: number, user = 'mallory') =>
  at(second, {
    user: { username: user },
    responseStatus: { code: 403 },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  })

test.each([
  ['ten in a minute', Array.from({ length: 10 }, (_, index) => refused(index * 6)), [10]],
  ['ten in more than a minute', Array.from({ length: 10 }, (_, index) => refused(index * 7)), []],
  ['nine', Array.from({ length: 9 }, (_, index) => refused(index)), []],
  ['five each of two', Array.from({ length: 10 }, (_, index) => refused(index, `u${index % 2}`)), []],
  [
    'two bursts',
    [
      ...Array.from({ length: 12 }, (_, index) => refused(index)),
      ...Array.from({ length: 30 }, (_, index) => refused(500 + index)),
    ],
    [12, 30],
  ],
])('refusals: %s', async (_, raws, counts) => {
  const found: number[] = []
  const { findings } = await auditReport(log(...raws), { asked: of('refusals'), policy })
  for (const { what } of findings) found.push(Number(/\d+/.exec(what)?.[0]))
  expect(found).toEqual(counts)
})

test('first seen: who was there before is known', async () => {
  const raws = [
    at(0),
    at(1, { user: { username: 'old' } }),
    at(100),
    at(101, { user: { username: 'new' } }),
    at(102, { sourceIPs: ['10.0.0.7', '6.6.6.6'] }),
    at(103, { userAgent: 'curl/8' }),
    at(104, { userAgent: 'curl/8' }),
  ]
  const knownBefore = new Date(1_795_280_050_000).toISOString()
  const { findings } = await auditReport(log(...raws), { asked: of('first-seen'), knownBefore })
  expect(findings.map(({ by, what }) => [by, what])).toEqual([
    ['new', 'first seen: user new, address 10.0.0.7, program kubectl/v1.34.4'],
    ['mallory', 'first seen: address 6.6.6.6'],
    ['mallory', 'first seen: program curl/8'],
  ])
})

test('a pod with hostPath in a template, and an answer to nobody', async () => {
  const template = { spec: { containers: [{ name: 'c' }], volumes: [{ name: 'v', hostPath: { path: '/' } }] } }
  const deploy = at(0, {
    verb: 'create',
    objectRef: { resource: 'deployments', apiGroup: 'apps', namespace: 'x', name: 'd' },
    requestObject: { spec: { template } },
  })
  const nobody = at(1, { user: { username: 'system:anonymous', groups: ['system:unauthenticated'] } })
  const { findings } = await auditReport(log(deploy, nobody), { asked: [...of('privileged-pods'), ...of('anonymous')] })
  expect(findings.map(({ what }) => what)).toEqual([
    'create deployments with hostPath /',
    'get /api/v1/namespaces/default/secrets/db without credentials',
  ])
})
