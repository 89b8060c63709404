import { beforeAll, expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/audit-log/event.ts'
import type { Finding } from '../../../src/audit-log/questions/finding.ts'
import { ask, questions, wordsFor } from '../../../src/audit-log/questions/questions.ts'
import { readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'
import { mergeStages } from '../../../src/audit-log/merge-stages.ts'
import type { AuditPolicy } from '../../cluster/audit-policy.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import type { TestUser } from '../../cluster/user.ts'

const auditPolicy: AuditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] }] },
    { level: 'Request', resources: [{ group: '', resources: ['pods', 'pods/*'] }] },
    { level: 'Metadata' },
  ],
}
const container = { name: 'main', image: 'localhost/agnhost:1', imagePullPolicy: 'Never', args: ['pause'] }
const pod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ ...container, ...more }] },
})

describeWithCluster(
  'node',
  'what an intruder did, from the audit log of a real API server',
  (cluster) => {
    let findings: Finding[] = []
    const of = (question: string, what: Partial<Finding> = {}) =>
      findings.filter(
        (finding) =>
          finding.question === question &&
          Object.entries(what).every(([key, value]) => finding[key as keyof Finding] === value),
      )

    beforeAll(async () => {
      const intruder = await cluster().clientCert('intruder', ['system:masters'])
      const visitor = await cluster().clientCert('visitor')
      await intrude(cluster(), intruder, visitor)
      findings = await answers(cluster().auditLog)
    }, 120_000)

    test('exec by WebSocket and by SPDY, and a shell that is still open', () => {
      const execs = of('exec', { by: 'intruder' })
      expect(execs.map(({ what, outcome }) => [what, outcome.result])).toEqual(
        expect.arrayContaining([
          ['exec: echo ws', 'done'],
          ['exec: echo spdy', 'done'],
          ['exec: sleep 300', 'open'],
        ]),
      )
      expect(execs).toHaveLength(3)
      expect(execs.every(({ until, outcome }) => (outcome.result === 'done') === (until !== undefined))).toBe(true)
    })

    test('the other ways in', () => {
      expect(of('ephemeral-containers', { by: 'intruder' })).toMatchObject([{ name: 'web' }])
      expect(of('nodes-proxy', { by: 'intruder' })).toMatchObject([{ outcome: { result: 'done' } }])
      expect(of('tokens', { by: 'intruder' })).toMatchObject([
        { what: expect.stringMatching(/^mint a token \(JTI=/), namespace: 'default' },
      ])
      expect(of('privileged-pods', { by: 'intruder' }).map(({ what }) => what)).toEqual([
        'patch pods with capability SYS_PTRACE', // kubectl debug's profile "general"
        'create pods with privileged',
        'create pods with privileged (dry run)',
      ])
    })

    test('secrets by get, list and watch', () => {
      expect(of('secrets-read', { by: 'intruder' }).map(({ what }) => what)).toEqual([
        'get secrets',
        'list secrets',
        'watch secrets',
        'list secrets', // as another, below
      ])
    })

    test('who acted as whom, and who was not let', () => {
      expect(of('impersonation', { by: 'intruder' })).toMatchObject([
        { as: 'nobody', what: 'act as nobody of system:masters', outcome: { decision: 'allow' } },
      ])
      expect(of('impersonation', { by: 'visitor' })).toMatchObject([
        { outcome: { decision: 'none', result: 'denied' }, severity: 'low' },
      ])
    })

    test('new bindings, deleted events, and refusals in a row, with and without credentials', () => {
      expect(of('rbac-changes', { by: 'intruder' })).toMatchObject([
        { name: 'evil', what: 'create clusterrolebindings' },
      ])
      expect(of('events-deleted', { by: 'intruder' }).length).toBeGreaterThan(0)
      expect(of('refusals', { by: 'visitor' })).toMatchObject([{ count: 13, evidence: { length: 13 } }])
      expect(of('refusals', { by: '' })).toMatchObject([{ count: 10, what: 'refused 10 times (401)' }])
    })

    test('an answer to nobody', () => {
      expect(of('anonymous')).toEqual([])
    })

    test('a forged Audit-ID joins nothing, and a forged address is not believed', async () => {
      const requests = []
      for await (const request of mergeStages(readAuditLog(cluster().auditLog).events)) {
        if (request.auditID === 'forged') requests.push(request)
      }
      expect(requests).toHaveLength(12)
      const finding = of('refusals', { by: 'visitor' })[0]
      expect(requests[0]?.sourceIPs).toEqual(['8.8.8.8', '9.9.9.9', finding?.from])
    })

    test('a filter by words answers as all events do', async () => {
      for (const question of questions.filter(({ words }) => words)) {
        const all = (await answers(cluster().auditLog, false)).filter((finding) => finding.question === question.id)
        expect((await answers(cluster().auditLog, true, [question])).map(identity)).toEqual(all.map(identity))
      }
    })
  },
  { auditPolicy },
)

const identity = ({ question, by, what, time, count }: Finding) => [question, by, what, time, count]

async function answers(file: string, filtered = false, asked = questions): Promise<Finding[]> {
  const words = filtered ? wordsFor(asked) : undefined
  const { events } = readAuditLog(file, { filter: { ...(words && { words }), test: before(until) } })
  const found: Finding[] = []
  for await (const finding of ask(mergeStages(events), asked)) found.push(finding)
  return found
}

// The cluster goes on working while we look: only what was there at first counts.
let until = ''
const before = (time: string) => (event: AuditEvent) => time === '' || (event.staged ?? '') < time

async function intrude(cluster: TestCluster, intruder: TestUser, visitor: TestUser): Promise<void> {
  const kubectl = async (user: TestUser, argv: string[], options: object = {}) =>
    cluster.exec(['kubectl', '--kubeconfig', user.kubeconfig, ...argv], options)
  const must = async (argv: string[], options: object = {}) =>
    expect(await kubectl(intruder, argv, options)).toMatchObject({ code: 0 })
  await must(['create', '-f', '-'], { input: JSON.stringify(pod('web')) })
  await must(['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s'])
  await must(['exec', 'web', '--', 'echo', 'ws'], { env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true' } })
  await must(['exec', 'web', '--', 'echo', 'spdy'], { env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' } })
  const shell = kubectl(intruder, ['exec', 'web', '--', 'sleep', '300'], { timeoutMs: 100_000 })
  shell.catch(() => {})
  await must(['debug', 'web', '--image=localhost/agnhost:1', '--profile=general', '--', 'id'])
  await must(['get', '--raw', '/api/v1/nodes/node1/proxy/pods'])
  await must(['create', 'token', 'default'])
  const strong = pod('strong', { securityContext: { privileged: true } })
  await must(['create', '-f', '-'], { input: JSON.stringify(strong) })
  await must(['create', '--dry-run=server', '-f', '-'], {
    input: JSON.stringify({ ...strong, metadata: { name: 'dry' } }),
  })
  await must(['create', 'secret', 'generic', 'db', '--from-literal=a=b'])
  await must(['get', '--raw', '/api/v1/namespaces/default/secrets/db'])
  await must(['get', '--raw', '/api/v1/secrets'])
  await must(['get', '--raw', '/api/v1/secrets?watch=true&timeoutSeconds=1'])
  await must(['get', '--raw', '/api/v1/secrets', '--as=nobody', '--as-group=system:masters'])
  await must(['create', 'clusterrolebinding', 'evil', '--clusterrole=cluster-admin', '--user=nobody'])
  await must(['delete', 'events', '--all'])
  expect(await kubectl(visitor, ['get', '--raw', '/api/v1/pods', '--as=root'])).toMatchObject({ code: 1 })
  const forged = ['-H', 'Audit-ID: forged', '-H', 'X-Forwarded-For: 8.8.8.8', '-H', 'X-Real-Ip: 9.9.9.9']
  const asVisitor = ['--cert', visitor.certFile, '--key', visitor.keyFile, ...forged]
  const curl = (argv: string[], path: string) =>
    cluster.exec(['curl', '-sS', '-o', '/dev/null', '--cacert', cluster.caFile, ...argv, `${cluster.server}${path}`])
  await curl(asVisitor, '/api/v1/namespaces/kube-system/pods?[1-12]')
  await curl(['-H', 'Authorization: Bearer wrong'], '/api/v1/secrets?[1-10]')
  await curl([], '/version')
  await new Promise((resolve) => setTimeout(resolve, 300))
  until = new Date().toISOString().replace('Z', '000Z')
}
