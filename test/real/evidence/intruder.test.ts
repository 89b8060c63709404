import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { timeline } from '../../../src/audit-log/timeline-order.ts'
import type { TimelineReport, TimelineRow } from '../../../src/audit-log/timeline-rows.ts'
import { openEvidenceTimeline } from '../../../src/evidence/timeline/open-timeline.ts'
import type { AuditPolicy } from '../../cluster/audit-policy.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import type { TestUser } from '../../cluster/user.ts'
import { connected } from '../cluster/connected.ts'
import { apply, image, podOf, ready } from '../isolation/stage.ts'
import { collectTo, scratch, sealedBundle } from './collecting.ts'

const auditPolicy: AuditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  rules: [
    // A blind spot, as many have one.
    { level: 'None', resources: [{ group: 'certificates.k8s.io' }] },
    { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }] },
    { level: 'Request' },
  ],
}
const webhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'guard' },
  webhooks: [
    {
      name: 'guard.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Ignore',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [
        { apiGroups: ['guard.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothing'] },
      ],
    },
  ],
}
const flood =
  'i=0; while [ $i -lt 20000 ]; do echo line $i of a flood that is to push the beginning out; i=$((i+1)); done; exec sleep 1000'
// The first process of a container has no handler of SIGTERM but its own.
const deaf = { command: ['/bin/sh', '-c', 'exec sleep 1000'], args: [] }
const held = {
  ...podOf('default', 'held', deaf, { terminationGracePeriodSeconds: 60 }),
  metadata: { name: 'held', finalizers: ['example.com/held'] },
}
const crash = podOf('default', 'crash', { command: ['/bin/sh', '-c', 'echo once; sleep 1; exit 3'], args: [] })

describeWithCluster(
  'node',
  'a timeline of what an intruder did',
  (cluster) => {
    let log: Told
    let withoutLog: Told

    test('evidence of it can be taken, sealed and verified', { timeout: 240_000 }, async () => {
      const intruder = await cluster().clientCert('intruder', ['system:masters'])
      await apply(cluster(), webhook, podOf('default', 'web'), crash)
      await ready(cluster(), 'default', 'web')
      await intrude(cluster(), intruder)
      log = await collected(cluster(), [cluster().auditLog])
      withoutLog = await collected(cluster(), [])
    })

    test('every step of the intruder is there, by the intruder', () => {
      const steps = log.entries
        .filter(({ by, own }) => by === 'intruder' && !own)
        .map(({ what, namespace, name, outcome }) => [what, `${namespace ?? ''}/${name ?? ''}`, outcome?.result])
      expect(steps).toEqual(
        expect.arrayContaining([
          ['exec: id', 'default/web', 'done'],
          ['get secrets', 'default/db', 'done'],
          [expect.stringMatching(/^mint a token \(JTI=/), 'default/default', 'done'],
          ['create clusterrolebindings', '/evil', 'done'],
          ['patch validatingwebhookconfigurations', '/guard', 'done'],
        ]),
      )
      expect(
        log.entries.some(({ by, questions: asked }) => by === 'intruder' && asked.includes('events-deleted')),
      ).toBe(true)
      expect(
        log.entries.some(({ by, what, name }) => by === 'intruder' && what === 'delete pods' && name === 'held'),
      ).toBe(true)
    })

    test('what the audit policy leaves out the coverage report says; the object of it tells who asked', () => {
      const rows = log.entries.filter(({ what }) => what.includes('certificatesigningrequests'))
      expect(rows.some(({ kind }) => kind === 'audit')).toBe(false)
      const created = rows.filter(({ what, name }) => what === 'certificatesigningrequests created' && name === 'door')
      expect(created.map(({ by, claimed }) => [by, claimed])).toEqual([['intruder', undefined]])
      const approvals = log.coverage.find(({ question }) => question === 'csr-approvals')
      expect(approvals?.verdict).toBe('unanswerable')
      expect(log.complete).toBe(false)
    })

    test('our own requests are known from the audit log, none is told twice, and none of the intruder is taken for ours', async () => {
      expect(log.entries.filter(({ own }) => own)).toEqual([])
      expect(log.own).toBeGreaterThan(30)
      const seen = log.all.filter(({ kind, own }) => kind === 'audit' && own)
      const unseen = log.all.filter(({ kind }) => kind === 'request')
      expect(seen.length + unseen.length).toBe(log.own)
      // Those that were made before the log was copied.
      expect(seen.length).toBeGreaterThan(unseen.length)
      expect(new Set(seen.map(({ by }) => by))).toEqual(new Set(['admin']))
    })

    test('an audit row and what objects tell of it agree about when it was', () => {
      const binding = (rows: TimelineRow[], kind: string) =>
        rows.filter((row) => row.kind === kind && row.name === 'evil').map(({ corrected }) => Date.parse(corrected))
      const [asked = 0] = binding(log.entries, 'audit')
      const told = binding(log.entries, 'state')
      expect(told.length).toBeGreaterThan(1)
      // Cut to the second.
      for (const one of told) expect(asked - one < 1000 && one - asked < 100, `${asked} ${one}`).toBe(true)
      const deleted = log.entries.find(({ kind, what }) => kind === 'audit' && what === 'delete pods')
      const ended = log.entries.find(({ what }) => what.startsWith('pods deletion asked for, with 60 s'))
      expect(Math.abs(Date.parse(deleted?.corrected ?? '') - Date.parse(ended?.corrected ?? ''))).toBeLessThan(1500)
    })

    test('without the audit log: what there is, as claims, and why the rest is not', () => {
      const told = withoutLog.entries.map(({ kind, by, claimed, what, name }) => ({ kind, by, claimed, what, name }))
      expect(told).toContainEqual(
        expect.objectContaining({ kind: 'state', what: 'clusterrolebindings created', name: 'evil' }),
      )
      expect(told).toContainEqual({
        kind: 'state',
        by: 'kubectl-patch',
        claimed: true,
        what: 'validatingwebhookconfigurations Update: webhooks',
        name: 'guard',
      })
      expect(told).toContainEqual(expect.objectContaining({ what: 'secrets created', name: 'db' }))
      expect(told).toContainEqual(
        expect.objectContaining({
          by: 'kubelet on node1',
          what: expect.stringContaining('container main ended: Error, exit code 3'),
        }),
      )
      expect(
        told.some(({ what }) => what.startsWith('log current of container main') && what.includes('--max-log-bytes')),
      ).toBe(true)
      // The intruder took the Events of the time before away; those of the time after are there.
      expect(told.filter(({ kind, name }) => kind === 'event' && name === 'web')).toEqual([])
      expect(told.filter(({ kind, name }) => kind === 'event' && name === 'late').length).toBeGreaterThan(0)
      // The one thing that the API server itself writes into an object.
      expect(told.filter(({ by }) => by === 'intruder').map(({ name }) => name)).toEqual(['door'])
      expect(withoutLog.gaps.map(({ what }) => what)).toContain('audit logs')
      expect(new Set(withoutLog.coverage.map(({ verdict }) => verdict))).toEqual(new Set(['unanswerable']))
    })

    test('container times of a node whose lease was seen are as near to those of the API server as is said', () => {
      const node = log.entries.filter(({ source }) => source === 'node/node1')
      expect(node.length).toBeGreaterThan(5)
      expect(node.every(({ uncertaintyMs, clockUnknown }) => !clockUnknown && uncertaintyMs <= 45_000)).toBe(true)
      const created = log.entries.find(({ what, name }) => what === 'pods created' && name === 'web')
      const started = log.entries.find(({ what, name }) => what.includes('container main started') && name === 'web')
      const apart = Date.parse(started?.corrected ?? '') - Date.parse(created?.corrected ?? '')
      expect(apart).toBeGreaterThan(-(started?.uncertaintyMs ?? 0) - (created?.uncertaintyMs ?? 0))
    })
  },
  { auditPolicy },
)

function signingRequest(): object {
  const argv = [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    '-',
    '-subj',
    '/CN=door',
  ]
  const pem = /-----BEGIN CERTIFICATE REQUEST-----[^]*/.exec(
    spawnSync('openssl', argv, { encoding: 'utf8' }).stdout,
  )?.[0]
  const spec = {
    request: Buffer.from(pem ?? '').toString('base64'),
    signerName: 'example.com/any',
    usages: ['client auth'],
  }
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'door' }, spec }
}

type Told = Omit<TimelineReport, 'entries'> & { entries: TimelineRow[]; all: TimelineRow[] }

/** The timeline of evidence that is taken now, sealed and found intact. */
async function collected(cluster: TestCluster, auditLogs: string[]): Promise<Told> {
  const directory = join(scratch(), 'case')
  await collectTo(directory, await connected(cluster.kubeconfig), { all: true, auditLogs, maxLogBytes: 16 * 1024 })
  const bundle = await sealedBundle(directory)
  const read = async (all: boolean) => {
    const { rows, report } = await openEvidenceTimeline([bundle], [], { asked: questions, all })
    const found: TimelineRow[] = []
    for await (const row of rows) found.push(row)
    return { ...report(), entries: timeline(found) }
  }
  return { ...(await read(false)), all: (await read(true)).entries }
}

async function intrude(cluster: TestCluster, intruder: TestUser): Promise<void> {
  const must = async (argv: string[], input?: object) =>
    expect(
      await cluster.exec(
        ['kubectl', '--kubeconfig', intruder.kubeconfig, ...argv],
        input ? { input: JSON.stringify(input) } : {},
      ),
    ).toMatchObject({ code: 0 })
  await must(['exec', 'web', '--', 'id'])
  await must(['create', 'secret', 'generic', 'db', '--from-literal=a=b'])
  await must(['get', '--raw', '/api/v1/namespaces/default/secrets/db'])
  await must(['create', '-f', '-'], signingRequest())
  await must(['create', 'token', 'default'])
  await must(['create', 'clusterrolebinding', 'evil', '--clusterrole=cluster-admin', '--user=nobody'])
  const away = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' }]
  await must(['patch', 'validatingwebhookconfiguration', 'guard', '--type=json', '-p', JSON.stringify(away)])
  await must(['create', '-f', '-'], podOf('default', 'flood', { image, command: ['/bin/sh', '-c', flood], args: [] }))
  await must(['create', '-f', '-'], held)
  await must(['wait', '--for=condition=Ready', 'pod/held', 'pod/flood', '--timeout=60s'])
  await must(['delete', 'events', '-n', 'default', '--all'])
  await must(['delete', 'pod', 'held', '--wait=false'])
  await must(['create', '-f', '-'], podOf('default', 'late'))
  await must(['wait', '--for=condition=Ready', 'pod/late', '--timeout=60s'])
}
