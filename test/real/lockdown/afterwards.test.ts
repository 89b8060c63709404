import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { carryOutLockdown } from '../../../src/lockdown/carry-out.ts'
import { lookAtLockdowns } from '../../../src/lockdown/look.ts'
import type { LockdownOptions } from '../../../src/lockdown/model.ts'
import { prepareLockdown } from '../../../src/lockdown/prepare.ts'
import { isClosed } from '../../../src/lockdown/status.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo } from '../change/harness.ts'
import { engineFor } from '../isolation/isolating.ts'
import { apply, kubectl, namespace, podOf, ready, until } from '../isolation/stage.ts'
import { lockdown, requestOf, undo } from './locking.ts'

const service = (space: string, name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: space, name },
  spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec },
})
const caller = (url: string) => ({ env: [{ name: 'CART', value: url }] })

describeWithCluster('node', 'what others do around a lockdown', (running) => {
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
  const field = async (path: string, ...argv: string[]) =>
    await kubectl(running(), 'get', ...argv, '-o', `jsonpath={${path}}`)
  const addressOf = async (space: string, pod: string) =>
    `${await field('.status.podIP', 'pod', pod, '-n', space)}:8080`
  const network: Partial<LockdownOptions> = { level: 'restricted', parts: ['network'] }

  test('an EndpointSlice that somebody wrote by hand: whom it names is let through, and nobody beside', {
    timeout: 90_000,
  }, async () => {
    await apply(
      running(),
      namespace('hand'),
      podOf('hand', 'web', caller('http://legacy')),
      podOf('hand', 'old'),
      podOf('hand', 'other'),
      service('hand', 'legacy', {}),
    )
    await ready(running(), 'hand', 'web', 'old', 'other')
    await apply(running(), {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace: 'hand', name: 'by-hand', labels: { 'kubernetes.io/service-name': 'legacy' } },
      addressType: 'IPv4',
      ports: [{ port: 8080, protocol: 'TCP' }],
      endpoints: [
        { addresses: [await field('.status.podIP', 'pod', 'old', '-n', 'hand')], conditions: { ready: true } },
      ],
    })
    const target = `${await field('.spec.clusterIP', 'service', 'legacy', '-n', 'hand')}:80`
    await until('kube-proxy knows it', async () => await reaches('hand', 'web', target))
    const other = await addressOf('hand', 'other')
    expect(await reaches('hand', 'web', other)).toBe(true)
    const { report } = await lockdown(engine, ['hand'], network)
    expect(report.verdict).toBe('ENFORCED')
    // No surprise: it goes through, or it was said that it would not.
    const said = report.namespaces[0]?.breaks.map(({ text }) => text).join('\n') ?? ''
    expect((await reaches('hand', 'web', target)) || said.includes('legacy')).toBe(true)
    expect(await reaches('hand', 'web', other)).toBe(false)
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })

  test('a Service that means other pods once it is planned: said, and not claimed as all that works', {
    timeout: 90_000,
  }, async () => {
    await apply(
      running(),
      namespace('moved'),
      podOf('moved', 'web', caller('http://cart')),
      podOf('moved', 'cart'),
      podOf('moved', 'cart2'),
      service('moved', 'cart', { selector: { app: 'cart' } }),
    )
    await ready(running(), 'moved', 'web', 'cart', 'cart2')
    const target = `${await field('.spec.clusterIP', 'service', 'cart', '-n', 'moved')}:80`
    await until('kube-proxy knows it', async () => await reaches('moved', 'web', target))
    const prepared = await prepareLockdown(engine, requestOf(['moved'], network))
    await kubectl(running(), 'patch', 'service', 'cart', '-n', 'moved', '-p', '{"spec":{"selector":{"app":"cart2"}}}')
    const report = await carryOutLockdown(engine, prepared)
    expect(report.verdict).toBe('PARTIAL')
    expect(report.namespaces[0]?.reasons?.join('\n')).toMatch(/declared since it was planned, and cut off: .*cart2/)
    await until('it is cut off', async () => !(await reaches('moved', 'web', target)))
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })

  test('policies of other kinds that let through what is closed: said afterwards, and true', {
    timeout: 120_000,
  }, async () => {
    await apply(running(), namespace('kinds'), podOf('kinds', 'web'))
    await ready(running(), 'kinds', 'web')
    const to = await addressOf('kinds', 'web')
    const { report } = await lockdown(engine, ['kinds'], network)
    const looks = async () => {
      const found = await lookAtLockdowns(engine, ['kinds'])
      const [run] = found.namespaces[0]?.runs ?? []
      return { closed: isClosed(found), drift: run?.drift, said: run?.open.map(({ text }) => text).join('\n') }
    }
    expect(await looks()).toEqual({ closed: 'yes', drift: [], said: '' })
    expect(await reaches('outside', 'client', to)).toBe(false)
    const selector = "projectcalico.org/namespace == 'kinds'"
    const tier = { apiVersion: 'crd.projectcalico.org/v1', kind: 'Tier', metadata: { name: 'early' } }
    const calico = { tier: 'early', order: 0, selector, types: ['Ingress'], ingress: [{ action: 'Allow' }] }
    const subject = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'kinds' } } }
    const from = [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'outside' } } }]
    const openings: Record<string, object[]> = {
      'GlobalNetworkPolicy early.sly': [
        { ...tier, spec: { order: 100, defaultAction: 'Pass' } },
        {
          apiVersion: 'crd.projectcalico.org/v1',
          kind: 'GlobalNetworkPolicy',
          metadata: { name: 'early.sly' },
          spec: calico,
        },
      ],
      'AdminNetworkPolicy sly': [
        {
          apiVersion: 'policy.networking.k8s.io/v1alpha1',
          kind: 'AdminNetworkPolicy',
          metadata: { name: 'sly' },
          spec: { priority: 10, subject, ingress: [{ name: 'in', action: 'Allow', from }] },
        },
      ],
    }
    const tried: string[] = []
    for (const [name, objects] of Object.entries(openings)) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
      const made = await running().exec(['kubectl', 'create', '-f', '-'], { input })
      // Not every build of the test cluster serves all kinds.
      if (made.stderr.includes('no matches for kind')) continue
      expect(made).toMatchObject({ code: 0 })
      await until('it is open', async () => await reaches('outside', 'client', to))
      const { closed, drift, said } = await looks()
      expect({ closed, drift }).toEqual({ closed: 'no', drift: [] })
      expect(said).toContain(name)
      await running().exec(['kubectl', 'delete', '-f', '-'], { input })
      await until('it is closed', async () => !(await reaches('outside', 'client', to)))
      expect((await looks()).closed).toBe('yes')
      tried.push(name)
    }
    expect(tried).toContain('GlobalNetworkPolicy early.sly')
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })

  test('where nothing carries policies out, that is the verdict', { timeout: 120_000 }, async () => {
    await apply(running(), namespace('idle'), podOf('idle', 'web'))
    await ready(running(), 'idle', 'web')
    const to = await addressOf('idle', 'web')
    // The agent of the network plugin ends, and leaves none of its rules behind: as if it had never been there.
    const end = `pid=$(pidof calico-felix); kill -KILL $pid
      while [ -e /proc/$pid/fd/0 ]; do sleep 0.1; done
      for table in filter mangle raw; do
        for chain in PREROUTING INPUT FORWARD OUTPUT POSTROUTING; do iptables -t $table -F $chain 2>/dev/null || true; done
      done`
    expect(await running().execOnNode(['sh', '-euc', end])).toMatchObject({ code: 0 })
    const { report } = await lockdown(engine, ['idle'], network)
    expect(report.verdict).toBe('NOT ENFORCED')
    expect(report.namespaces[0]?.proof?.probes.map(({ result }) => result)).toContain('not-enforced')
    expect(await reaches('outside', 'client', to)).toBe(true)
    expect((await undo(engine, report.plan ?? '')).state).toBe('undone')
  })
})
