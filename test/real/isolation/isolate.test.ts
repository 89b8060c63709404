import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo, essence } from '../change/harness.ts'
import { engineFor, isolate, undo } from './isolating.ts'
import { apply, kubectl, namespace, podOf, rawPod, ready } from './stage.ts'
import type { ApiObject } from '../../../src/cluster/write.ts'

describeWithCluster('node', 'isolate', (running) => {
  let cluster: Cluster
  let engine: Engine
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    engine = await engineFor(cluster)
    await apply(running(), namespace('shop'), podOf('shop', 'web'), podOf('shop', 'client'))
    await ready(running(), 'shop', 'web', 'client')
  }, 60_000)
  afterAll(() => cluster?.close())

  const reaches = async (from: string, to: string) => {
    const { code } = await running().exec([
      'kubectl',
      'exec',
      '-n',
      'shop',
      from,
      '--',
      '/agnhost',
      'connect',
      `${to}:8080`,
      '--timeout=2s',
    ])
    return code === 0
  }
  const addressOf = async (name: string) => ((await rawPod(cluster, 'shop', name))['status'] as { podIP: string }).podIP

  test('a pod: cut off, proved, and as before after undo', async () => {
    const before = await rawPod(cluster, 'shop', 'web')
    const address = await addressOf('web')
    expect(await reaches('client', address)).toBe(true)
    const report = await isolate(engine, { kind: 'Pod', namespace: 'shop', name: 'web' }, { sever: true })
    console.log(JSON.stringify(report, undefined, 1))
    expect(report.reasons).toEqual([])
    expect(report.verdict).toBe('ISOLATED')
    expect(await reaches('client', address)).toBe(false)
    expect(await reaches('web', await addressOf('client'))).toBe(false)
    expect(await kubectl(running(), 'get', 'pods', '-A', '-l', 'kubectl-secure.github.io/plan', '-o', 'name')).toBe('')

    expect((await undo(engine, report.plan)).state).toBe('undone')
    expect(await reaches('client', address)).toBe(true)
    const after = await rawPod(cluster, 'shop', 'web')
    expect((after['metadata'] as { labels: object }).labels).toEqual((before['metadata'] as { labels: object }).labels)
    void essence(after as ApiObject)
  }, 60_000)
})
