import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TargetQuery } from '../../../src/isolation/scene.ts'
import { controllerOf, metaOf, type Raw, specOf, statusOf } from '../../../src/isolation/raw.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { isolate, undo } from './isolating.ts'
import { apply, image, kubectl, namespace, podOf, rawPod, ready } from './stage.ts'
import {
  addressOf,
  block,
  everything,
  open,
  opens,
  openStreet,
  policy,
  serviceOf,
  siblings,
  type Street,
} from './street.ts'

// Each scenario mostly waits; more at a time, and canaries run late on a small machine.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 })

const labels = { app: 'web', tier: 'front' }
const podSpec = (more: object = {}, own: object = {}) => ({
  terminationGracePeriodSeconds: 0,
  containers: [
    {
      name: 'main',
      image,
      args: ['netexec', '--http-port=8080', '--udp-port=8081'],
      securityContext: { capabilities: { drop: ['NET_RAW'] } },
      ...own,
    },
  ],
  ...more,
})
const template = (more: object = {}, own: object = {}, all: object = labels) => ({
  metadata: { labels: all },
  spec: podSpec(more, own),
})

describeWithCluster('node', 'isolation of every kind of target', (running) => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet(running())
  })
  afterAll(() => street?.close())

  const made = async (space: string, apiVersion: string, kind: string, spec: object, name = 'web') => {
    await apply(running(), namespace(space))
    await apply(
      running(),
      { apiVersion, kind, metadata: { namespace: space, name }, spec },
      podOf(space, 'client'),
      podOf(space, 'sibling'),
      serviceOf(space, 'web', { app: 'web' }),
    )
    await ready(running(), space, 'client', 'sibling')
  }
  const podsOf = async (space: string, owner?: string): Promise<string[]> => {
    const { items } = JSON.parse(await kubectl(running(), 'get', 'pods', '-n', space, '-o', 'json')) as { items: Raw[] }
    return items
      .filter(
        (pod) =>
          !metaOf(pod).deleting &&
          ['web'].includes(metaOf(pod).labels['app'] ?? '') &&
          (owner === undefined || controllerOf(pod)?.kind === owner),
      )
      .filter(
        (pod) =>
          statusOf(pod)['phase'] === 'Running' &&
          JSON.stringify(statusOf(pod)['conditions']).includes('"status":"True","type":"Ready"'),
      )
      .map((pod) => metaOf(pod).name)
      .sort()
  }
  const running_ = async (space: string, count: number) =>
    await vi.waitFor(async () => {
      const names = await podsOf(space)
      expect(names).toHaveLength(count)
      return names
    }, 60_000)
  const reaches = async (space: string, name: string) => {
    const ask = [{ id: 'it', by: 'tcp' as const, address: await addressOf(street, space, name), port: 8080 }]
    return (await street.ask(`${space}/client`, ask))['it']
  }
  const labelsOf = async (space: string, name: string) => metaOf(await rawPod(street.api, space, name)).labels
  const isolated = async (query: TargetQuery, options: Parameters<typeof isolate>[2] = { sever: true }) => {
    const report = await isolate(street.engine, query, options)
    const warned = (kind: string) =>
      report.warnings
        .filter((one) => one.kind === kind)
        .map(({ text }) => text)
        .join('; ')
    return { report, warned, undone: async () => await undo(street.engine, report.plan) }
  }

  describe.concurrent('', () => {
    test('5, 6: a pod of a Deployment goes off it; another comes; siblings of the same app stay; undo does not give it back', async () => {
      await made('deploy', 'apps/v1', 'Deployment', {
        replicas: 1,
        selector: { matchLabels: { app: 'web', own: 'a' } },
        template: template({}, {}, { ...labels, own: 'a' }),
      })
      await apply(running(), {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace: 'deploy', name: 'other' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'web', own: 'b' } },
          template: template({}, {}, { ...labels, own: 'b' }),
        },
      })
      const names = await running_('deploy', 2)
      const [own = '', other = ''] = [
        names.find((name) => name.startsWith('web-')),
        names.find((name) => name.startsWith('other-')),
      ]
      const before = await labelsOf('deploy', own)
      const { report, warned, undone } = await isolated({ kind: 'Deployment', namespace: 'deploy', name: 'web' })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [], pods: [{ name: own }] })
      expect(warned('replacement')).toContain('starts another pod in its place')
      expect(await reaches('deploy', own)).toBe('no')
      expect(await reaches('deploy', other)).toBe('yes')
      expect(controllerOf(await rawPod(street.api, 'deploy', own))).toBeUndefined()
      await vi.waitFor(
        async () =>
          expect((await podsOf('deploy', 'ReplicaSet')).filter((name) => name.startsWith('web-'))).toHaveLength(1),
        30_000,
      )
      const back = await undone()
      expect(back).toMatchObject({ state: 'undone' })
      expect(back.steps.flatMap(({ left = [] }) => left.map(({ path }) => path.at(-1)))).toEqual(['pod-template-hash'])
      const { 'pod-template-hash': _, ...kept } = before
      expect(await labelsOf('deploy', own)).toEqual(kept)
      expect(await reaches('deploy', own)).toBe('yes')
    })

    test('a ReplicaSet', async () => {
      await made('replica', 'apps/v1', 'ReplicaSet', {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: template(),
      })
      const names = await running_('replica', 2)
      const { report, undone } = await isolated({ kind: 'ReplicaSet', namespace: 'replica', name: 'web' })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(report.pods.map(({ name }) => name).sort()).toEqual(names)
      expect(await Promise.all(names.map(async (name) => await reaches('replica', name)))).toEqual(['no', 'no'])
      await undone()
      expect(await Promise.all(names.map(async (name) => await reaches('replica', name)))).toEqual(['yes', 'yes'])
    })

    test('a StatefulSet keeps its pod and its labels', async () => {
      await made('stateful', 'apps/v1', 'StatefulSet', {
        replicas: 1,
        serviceName: 'web',
        selector: { matchLabels: { app: 'web' } },
        template: template(),
      })
      await running_('stateful', 1)
      await apply(running(), policy('stateful', 'in', { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] }))
      const before = await labelsOf('stateful', 'web-0')
      const { report, undone } = await isolated({ kind: 'StatefulSet', namespace: 'stateful', name: 'web' })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(await open(street, 'stateful', 'web-0')).toEqual([
        'client>sibling',
        'outside>sibling',
        'sibling>client',
        'sibling>dns',
      ])
      expect(await labelsOf('stateful', 'web-0')).toMatchObject(before)
      expect(controllerOf(await rawPod(street.api, 'stateful', 'web-0'))).toMatchObject({ kind: 'StatefulSet' })
      expect(await undone()).toMatchObject({ state: 'undone' })
      expect(await labelsOf('stateful', 'web-0')).toEqual(before)
    })

    test('a DaemonSet keeps its pod', async () => {
      await made('daemon', 'apps/v1', 'DaemonSet', { selector: { matchLabels: { app: 'web' } }, template: template() })
      const [name = ''] = await running_('daemon', 1)
      const { report, undone } = await isolated({ kind: 'DaemonSet', namespace: 'daemon', name: 'web' })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [], pods: [{ name }] })
      expect(await podsOf('daemon')).toEqual([name])
      expect(await reaches('daemon', name)).toBe('no')
      expect(await undone()).toMatchObject({ state: 'undone' })
      expect(await reaches('daemon', name)).toBe('yes')
    })

    test('7: a Job is suspended only once its pod is off it, and the pod lives', async () => {
      await made('job', 'batch/v1', 'Job', { template: template({ restartPolicy: 'Never' }) })
      const [name = ''] = await running_('job', 1)
      const { report, undone } = await isolated({ kind: 'Job', namespace: 'job', name: 'web' })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [], pods: [{ name }] })
      const order = report.run.steps.map(({ change }) => change)
      expect(order.at(-1)).toBe('suspend-job-1')
      const job = JSON.parse(await kubectl(running(), 'get', 'job', '-n', 'job', 'web', '-o', 'json')) as Raw
      expect(specOf(job)['suspend']).toBe(true)
      expect(statusOf(await rawPod(street.api, 'job', name))).toMatchObject({
        phase: 'Running',
        containerStatuses: [{ restartCount: 0 }],
      })
      expect(controllerOf(await rawPod(street.api, 'job', name))).toBeUndefined()
      expect(await reaches('job', name)).toBe('no')
      await undone()
      const after = JSON.parse(await kubectl(running(), 'get', 'job', '-n', 'job', 'web', '-o', 'json')) as Raw
      expect(specOf(after)['suspend']).toBe(false)
    })

    test('7: a CronJob is suspended, and so is the Job that runs; what has ended is no matter', async () => {
      await made('cron', 'batch/v1', 'CronJob', {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } },
      })
      await kubectl(running(), 'create', 'job', '-n', 'cron', '--from=cronjob/web', 'now')
      const [name = ''] = await running_('cron', 1)
      const { report, undone } = await isolated({ kind: 'CronJob', namespace: 'cron', name: 'web' })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [], pods: [{ name }] })
      expect(
        await kubectl(
          running(),
          'get',
          'cronjob/web',
          'job/now',
          '-n',
          'cron',
          '-o',
          'jsonpath={.items[*].spec.suspend}',
        ),
      ).toBe('true true')
      expect(await reaches('cron', name)).toBe('no')
      await undone()
      expect(
        await kubectl(
          running(),
          'get',
          'cronjob/web',
          'job/now',
          '-n',
          'cron',
          '-o',
          'jsonpath={.items[*].spec.suspend}',
        ),
      ).toBe('false false')
    })

    test('a ServiceAccount and a selector; pods that have ended do not spoil the verdict', async () => {
      await apply(running(), namespace('accounts'))
      await apply(running(), {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { namespace: 'accounts', name: 'robot' },
      })
      const robot = { serviceAccountName: 'robot' }
      await apply(
        running(),
        podOf('accounts', 'web', {}, robot),
        podOf('accounts', 'client'),
        podOf('accounts', 'done', { args: ['help'] }, { ...robot, restartPolicy: 'Never' }),
      )
      await ready(running(), 'accounts', 'web', 'client')
      await vi.waitFor(
        async () =>
          expect(statusOf(await rawPod(street.api, 'accounts', 'done'))).toMatchObject({
            phase: expect.stringMatching(/Succeeded|Failed/),
          }),
        20_000,
      )
      const one = await isolated({ kind: 'ServiceAccount', namespace: 'accounts', name: 'robot' })
      expect(one.report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(await reaches('accounts', 'web')).toBe('no')
      expect(await one.undone()).toMatchObject({ state: 'undone' })
      const two = await isolated({ selector: 'app in (web, nothing)', namespace: 'accounts' })
      expect(two.report).toMatchObject({ verdict: 'ISOLATED', reasons: [], pods: [{ name: 'web' }] })
      expect(await reaches('accounts', 'web')).toBe('no')
      expect(await two.undone()).toMatchObject({ state: 'undone' })
      expect(await reaches('accounts', 'web')).toBe('yes')
    })

    test('8: a liveness probe that asks the network: refused, unless the restart is accepted', async () => {
      const livenessProbe = { exec: { command: ['sh', '-c', 'nc -z database 5432 || true'] }, periodSeconds: 600 }
      await block(street, 'probe', { more: { livenessProbe } })
      const query = { kind: 'Pod' as const, namespace: 'probe', name: 'web' }
      await expect(isolate(street.engine, query, { sever: true })).rejects.toMatchObject({
        code: 'usage',
        hint: expect.stringContaining('--accept-restart'),
      })
      await opens(street, 'probe', everything)
      const { report } = await isolated(query, { sever: true, acceptRestart: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(await open(street, 'probe')).toEqual(siblings)
    })

    test('9: pods on the network of the node, and static ones, are NOT ENFORCED', async () => {
      await apply(running(), namespace('host'))
      await apply(
        running(),
        podOf('host', 'web', { args: ['netexec', '--http-port=8090', '--udp-port=-1'] }, { hostNetwork: true }),
        podOf('host', 'client'),
      )
      await ready(running(), 'host', 'web', 'client')
      const { report, undone } = await isolated({ kind: 'Pod', namespace: 'host', name: 'web' })
      expect(report).toMatchObject({
        verdict: 'NOT ENFORCED',
        reasons: [expect.stringContaining('network of its node')],
      })
      expect(await kubectl(running(), 'get', 'networkpolicy', '-n', 'host', '-o', 'name')).toBe('')
      await undone()
      // What the kubelet would make of a file on its node; a real static pod needs a path that this one does not have.
      const mirror = podOf('host', 'mirror') as { metadata: Raw }
      mirror.metadata['annotations'] = { 'kubernetes.io/config.mirror': 'abc' }
      mirror.metadata['ownerReferences'] = [
        {
          apiVersion: 'v1',
          kind: 'Node',
          name: 'node1',
          uid: JSON.parse(
            await kubectl(running(), 'get', 'node', 'node1', '-o', 'jsonpath="{.metadata.uid}"'),
          ) as string,
          controller: true,
        },
      ]
      const input = JSON.stringify({
        ...mirror,
        spec: { ...(mirror as unknown as { spec: object }).spec, nodeName: 'node1' },
      })
      const { code, stderr } = await running().exec(
        ['kubectl', 'create', '-f', '-', '--as=system:node:node1', '--as-group=system:nodes'],
        { input },
      )
      expect([code, stderr]).toEqual([0, ''])
      const second = await isolated({ kind: 'Pod', namespace: 'host', name: 'mirror' })
      expect(second.report).toMatchObject({ verdict: 'NOT ENFORCED', reasons: [expect.stringContaining('static pod')] })
    })

    test('a rollout while it is isolated: pods that are the target and not cut off are no isolation', async () => {
      await made('rollout', 'apps/v1', 'DaemonSet', { selector: { matchLabels: { app: 'web' } }, template: template() })
      const [name = ''] = await running_('rollout', 1)
      const engine = {
        ...street.engine,
        onStep: ({ change }: { change: string }) => {
          if (change.startsWith('label-'))
            void kubectl(running(), 'delete', 'pod', '-n', 'rollout', name, '--wait=false').catch(() => {})
        },
      }
      const report = await isolate(engine, { kind: 'DaemonSet', namespace: 'rollout', name: 'web' }, { sever: true })
      expect(report.verdict).not.toBe('ISOLATED')
    })
  })

  test('a Node: cordoned, its pods one by one, and never itself', async () => {
    await block(street, 'nodes')
    for (const space of [
      'deploy',
      'replica',
      'stateful',
      'daemon',
      'job',
      'cron',
      'accounts',
      'probe',
      'host',
      'rollout',
    ])
      await kubectl(running(), 'delete', 'namespace', space, '--wait=false', '--ignore-not-found')
    await vi.waitFor(
      async () =>
        expect((await kubectl(running(), 'get', 'pods', '-A', '-o', 'name')).trim().split('\n').length).toBeLessThan(6),
      60_000,
    )
    const { report, undone } = await isolated({ kind: 'Node', name: 'node1' })
    expect(report, JSON.stringify(report.reasons)).toMatchObject({
      verdict: 'PARTIAL',
      reasons: expect.arrayContaining([expect.stringContaining('a node itself is not isolated')]),
    })
    // The cluster's DNS runs there too, as root with NET_RAW.
    const own = report.pods.filter(({ namespace: space }) => space === 'nodes')
    expect(own.map(({ verdict, reasons }) => [verdict, reasons])).toEqual(own.map(() => ['ISOLATED', []]))
    expect(await kubectl(running(), 'get', 'node', 'node1', '-o', 'jsonpath={.spec.unschedulable}')).toBe('true')
    expect(await open(street, 'nodes')).toEqual([])
    await undone()
    expect(await kubectl(running(), 'get', 'node', 'node1', '-o', 'jsonpath={.spec.unschedulable}')).toBe('')
  })
})
