import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { deniedBy, podsStand } from '../../../src/lockdown/watch-judge.ts'
import { watchDenials } from '../../../src/lockdown/watch.ts'
import { lookAtLockdowns } from '../../../src/lockdown/look.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo } from '../change/harness.ts'
import { engineFor } from '../isolation/isolating.ts'
import { apply, kubectl, namespace, podOf, ready, restricted, until } from '../isolation/stage.ts'
import { essenceOf, lockdown, undo } from './locking.ts'

describeWithCluster('node', 'lockdown', (running) => {
  let cluster: Cluster
  let engine: Engine
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    engine = await engineFor(cluster)
    await apply(running(), namespace('outside'), podOf('outside', 'client'))
    await ready(running(), 'outside', 'client')
  }, 90_000)
  afterAll(() => cluster?.close())

  const reaches = async (space: string, pod: string, to: string) => {
    const command = ['kubectl', 'exec', '-n', space, pod, '--', '/agnhost', 'connect', to, '--timeout=2s']
    return (await running().exec(command)).code === 0
  }
  const addressOf = async (space: string, pod: string) =>
    `${await kubectl(running(), 'get', 'pod', pod, '-n', space, '-o', 'jsonpath={.status.podIP}')}:8080`

  test.for(['null', '1e3', 'true'])(
    'a namespace called %s: closed, proved, and open again',
    { timeout: 90_000 },
    async (name) => {
      await apply(running(), namespace(name), podOf(name, 'web'))
      await ready(running(), name, 'web')
      const to = await addressOf(name, 'web')
      const before = await essenceOf(cluster, [name])
      const { report } = await lockdown(engine, [name])
      expect(report.namespaces[0]?.reasons).toEqual([])
      expect(report.verdict).toBe('ENFORCED')
      expect(await reaches('outside', 'client', to)).toBe(false)
      expect(await kubectl(running(), 'get', 'pods', '-A', '-l', 'kubectl-secure.github.io/plan', '-o', 'name')).toBe(
        '',
      )
      expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
      expect(await reaches('outside', 'client', to)).toBe(true)
      expect(await essenceOf(cluster, [name])).toEqual(before)
    },
  )

  test('policies of others, host-network pods and Helm: said, and never claimed closed', {
    timeout: 120_000,
  }, async () => {
    const helm = { 'app.kubernetes.io/managed-by': 'Helm' }
    const web = podOf('old', 'web') as { metadata: { labels: object } }
    web.metadata.labels = { ...web.metadata.labels, ...helm }
    await apply(
      running(),
      namespace('old'),
      web,
      podOf('old', 'agent', { args: ['netexec', '--http-port=18081'] }, { hostNetwork: true }),
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { namespace: 'old', name: 'open' },
        spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{}] },
      },
    )
    await ready(running(), 'old', 'web', 'agent')
    const before = await essenceOf(cluster, ['old'])
    const { report, prepared } = await lockdown(engine, ['old'])
    expect(prepared.plan.notes).toEqual([expect.stringContaining('Helm')])
    expect(['PARTIAL', 'UNKNOWN']).toContain(report.verdict)
    expect(report.namespaces[0]?.reasons?.join('\n')).toContain('old/open goes on letting ingress through')
    expect(report.namespaces[0]?.reasons?.join('\n')).toContain('agent')
    expect(report.namespaces[0]?.leftOpen).toMatchObject([{ policy: { name: 'open' } }])
    expect(await reaches('outside', 'client', await addressOf('old', 'web'))).toBe(true)
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
    expect(await essenceOf(cluster, ['old'])).toEqual(before)
  })

  test('where no canary may be made nothing is claimed', { timeout: 90_000 }, async () => {
    await apply(running(), namespace('full'), podOf('full', 'web'))
    await ready(running(), 'full', 'web')
    await kubectl(running(), 'create', 'quota', 'full', '-n', 'full', '--hard=pods=1')
    await until(
      'the quota counts',
      async () =>
        (await kubectl(running(), 'get', 'quota', 'full', '-n', 'full', '-o', 'jsonpath={.status.used.pods}')) === '1',
    )
    const { report } = await lockdown(engine, ['full'])
    expect(report.verdict).toBe('UNKNOWN')
    expect(report.namespaces[0]?.reasons?.[0]).toContain('exceeded quota')
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })

  test('quarantine: compliant twins pass Pod Security and come before the quota, which then refuses', {
    timeout: 120_000,
  }, async () => {
    await apply(
      running(),
      namespace('shut', 'restricted'),
      podOf('shut', 'web', restricted),
      podOf('shut', 'api', restricted),
    )
    await ready(running(), 'shut', 'web', 'api')
    const api = await addressOf('shut', 'api')
    expect(await reaches('shut', 'web', api)).toBe(true)
    const { report } = await lockdown(engine, ['shut'], { level: 'quarantine' })
    expect(report.namespaces[0]?.reasons).toEqual([])
    expect(report.verdict).toBe('ENFORCED')
    expect(await reaches('shut', 'web', api)).toBe(false)
    const refused = await running().exec(['kubectl', 'create', '--dry-run=server', '-f', '-'], {
      input: JSON.stringify(podOf('shut', 'new', restricted)),
    })
    expect(refused.stderr).toContain('exceeded quota')

    // Another machine knows it by its record alone.
    const elsewhere = await engineFor(cluster, mkdtempSync(join(tmpdir(), 'ks-other-')))
    const known = await lookAtLockdowns(elsewhere, ['shut', 'outside'])
    expect(known.namespaces.map(({ namespace: name, runs }) => [name, runs.map(({ level }) => level)])).toEqual([
      ['outside', []],
      ['shut', ['quarantine']],
    ])
    expect((await undo(elsewhere, report.plan ?? '')).state).toBe('undone')
    expect(await reaches('shut', 'web', api)).toBe(true)
  })

  test('what breaks afterwards is seen: a probe that fails, and pods that are refused', {
    timeout: 120_000,
  }, async () => {
    const template = { metadata: { labels: { app: 'fresh' } }, spec: (podOf('soon', 'x') as { spec: object }).spec }
    const fresh = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'soon', name: 'fresh' },
      spec: { replicas: 1, selector: { matchLabels: { app: 'fresh' } }, template },
    }
    // Ready while it reaches the pod outside.
    const target = await addressOf('outside', 'client')
    const probe = {
      exec: { command: ['/agnhost', 'connect', target, '--timeout=1s'] },
      periodSeconds: 1,
      timeoutSeconds: 3,
      failureThreshold: 1,
    }
    await apply(running(), namespace('soon'), podOf('soon', 'leans', { readinessProbe: probe }), fresh)
    await ready(running(), 'soon', 'leans')
    await kubectl(running(), 'wait', '-n', 'soon', '--for=condition=Available', 'deployment/fresh', '--timeout=60s')
    const { report, prepared } = await lockdown(engine, ['soon'], { level: 'restricted' })
    const breaks = report.namespaces[0]?.breaks ?? []
    expect(breaks.map(({ of, what }) => [of.name, what])).toContainEqual(['fresh', 'rollout'])
    await kubectl(running(), 'delete', 'pod', '-n', 'soon', '-l', 'app=fresh')
    const pods = prepared.lockdown.namespaces[0]?.scene.network.objects.filter(({ kind }) => kind === 'Pod') ?? []
    const said: string[] = []
    const { denials } = await watchDenials(cluster, ['soon'], {
      forMs: 12_000,
      before: podsStand(pods),
      since: new Date(prepared.plan.createdAt),
      onDenial: ({ what }) => void said.push(what),
      everyMs: 500,
    })
    expect(denials.map(({ what }) => what)).toEqual(said)
    expect(denials).toContainEqual(
      expect.objectContaining({ what: 'not ready', of: expect.objectContaining({ name: 'leans' }) as object }),
    )
    expect(denials).toContainEqual(
      expect.objectContaining({ what: 'refused', text: expect.stringContaining('PodSecurity') as string }),
    )
    expect(deniedBy(podsStand(pods), podsStand(pods), [], new Date())).toEqual([])
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })
})
