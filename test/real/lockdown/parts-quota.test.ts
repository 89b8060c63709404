import fc from 'fast-check'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { deleteObject, patchObject } from '../../../src/cluster/write.ts'
import { listAt, metaOf, type Raw, recordAt, specOf, statusOf } from '../../../src/isolation/raw.ts'
import { planQuota } from '../../../src/lockdown/quota.ts'
import { givenDefaults } from '../../../src/lockdown/quota-objects.ts'
import { bytesText, cpuText, parseQuantity } from '../../../src/lockdown/quota-quantity.ts'
import { none, plus, podRequests } from '../../../src/lockdown/quota-requests.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { arbitraryPodSpec } from '../../unit/lockdown/arbitrary-requests.ts'
import { optionsOf } from '../../unit/lockdown/options.ts'
import { connectTo } from '../change/harness.ts'
import { deploymentOf, podOf } from './parts-objects.ts'
import { partsStage, refusalOfPod } from './parts-stage.ts'

describeWithCluster('control-plane', 'the quota of a lockdown', (running) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })

  const list = async (path: string) => (await cluster.json<{ items: Raw[] }>({ path })).items
  /** The one quota of a namespace, once the controller knows it. */
  const countedQuota = async (base: string) =>
    await vi.waitFor(async () => {
      const [quota = {}] = await list(`${base}/resourcequotas`)
      expect(Object.keys(recordAt(statusOf(quota), 'used'))).toEqual(Object.keys(recordAt(specOf(quota), 'hard')))
      return quota
    }, 20_000)
  const podCount = async (base: string, wanted: number) =>
    await vi.waitFor(async () => expect(await list(`${base}/pods`)).toHaveLength(wanted), 20_000)

  test('pods ask for what the server counts', async () => {
    const { namespace, base, make } = await partsStage(cluster)
    const spec = { hard: { 'requests.cpu': '1E', 'requests.memory': '4E' } }
    await make(`${base}/resourcequotas`, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'all' }, spec })
    await countedQuota(base)
    // A quota refuses what asks for nothing.
    const limits = [{ type: 'Container', defaultRequest: { cpu: '50m', memory: '64Mi' } }]
    await make(`${base}/limitranges`, {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'defaults' },
      spec: { limits },
    })
    await vi.waitFor(async () => expect(await refusalOfPod(cluster, namespace, podOf({}))).toBeUndefined(), 10_000)
    let sum = none
    for (const [index, spec] of fc.sample(arbitraryPodSpec, { numRuns: 60, seed: 11 }).entries()) {
      const made = await make(`${base}/pods`, { ...podOf(spec), metadata: { name: `p${index}` } })
      const asked = podRequests(spec, givenDefaults)
      sum = plus(sum, asked)
      // As the server fills it up it comes to the same.
      expect(podRequests(specOf(made))).toEqual(asked)
      const used = recordAt(statusOf(await countedQuota(base)), 'used')
      expect(parseQuantity(used['requests.cpu']), JSON.stringify(spec)).toEqual(sum.cpu)
      expect(parseQuantity(used['requests.memory']), JSON.stringify(spec)).toEqual(sum.memory)
    }
  })

  test('quantities are written as the server does', async () => {
    const { base } = await partsStage(cluster)
    const factor = fc.constantFrom(1n, 1000n, 1024n, 10n ** 6n, 1n << 20n)
    for (const [digits, by] of fc.sample(fc.tuple(fc.bigInt(1n, 10n ** 9n), factor), { numRuns: 40, seed: 3 })) {
      const size = digits * by * 1_000_000n
      const hard = { 'requests.cpu': cpuText(size), 'requests.memory': bytesText(size) }
      const body = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'text' }, spec: { hard } }
      const stored = await cluster.json<Raw>({ method: 'POST', path: `${base}/resourcequotas?dryRun=All`, body })
      expect(specOf(stored)['hard']).toEqual(hard)
    }
  })

  test('restricted: each rollout fits in, and far more does not; containers get requests; undo takes both back', async () => {
    const { namespace, base, make, scene, apply } = await partsStage(cluster)
    const apps = `/apis/apps/v1/namespaces/${namespace}/deployments`
    const resources = { limits: { cpu: '1500m', memory: '1Gi' } }
    const strategy = { rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } }
    await make(apps, deploymentOf('web', { spec: {}, replicas: 4, strategy }))
    await make(apps, deploymentOf('db', { spec: {}, replicas: 1, resources }))
    await podCount(base, 5)
    const seen = await scene()
    const undo = await apply((ids) => planQuota(seen, optionsOf(), ids).changes)
    await countedQuota(base)
    const roll = async (name: string) =>
      await patchObject(cluster, `${apps}/${name}`, [
        { op: 'add', path: '/spec/template/metadata/annotations', value: { rolled: 'yes' } },
      ])
    await roll('web')
    await podCount(base, 9)
    const first = (await list(`${base}/pods`)).find((pod) => 'rolled' in metaOf(pod).annotations) ?? {}
    expect(recordAt(listAt(specOf(first), 'containers')[0] ?? {}, 'resources')).toEqual({
      requests: { cpu: '50m', memory: '64Mi' },
    })
    expect(await refusalOfPod(cluster, namespace, podOf({}))).toContain('exceeded quota')
    await undo()
    expect(await list(`${base}/limitranges`)).toEqual([])
    expect(await refusalOfPod(cluster, namespace, podOf({}))).toBeUndefined()
  })

  test('quarantine: no new pods, and none in place of those that are gone, until undo', async () => {
    const { namespace, base, make, scene, apply } = await partsStage(cluster)
    await make(`/apis/apps/v1/namespaces/${namespace}/deployments`, deploymentOf('web', { spec: {}, replicas: 2 }))
    await podCount(base, 2)
    const seen = await scene()
    const options = optionsOf({ level: 'quarantine' })
    const undo = await apply((ids) => planQuota(seen, options, ids).changes)
    await countedQuota(base)
    expect(await refusalOfPod(cluster, namespace, podOf({}))).toContain('exceeded quota')
    const [pod = {}] = await list(`${base}/pods`)
    const { name, uid } = metaOf(pod)
    await deleteObject(cluster, `${base}/pods/${name}`, { uid })
    const failed = async () => {
      const [set = {}] = await list(`/apis/apps/v1/namespaces/${namespace}/replicasets`)
      return listAt(statusOf(set), 'conditions').some(
        ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
      )
    }
    await vi.waitFor(async () => expect(await failed()).toBe(true), 20_000)
    await podCount(base, 1)
    await undo()
    await podCount(base, 2)
  })
})
