import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { startRun } from '../../../src/change/active-run.ts'
import { findRun } from '../../../src/change/find-run.ts'
import type { Plan } from '../../../src/change/plan.ts'
import { undoRun } from '../../../src/change/runs.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { createObject } from '../../../src/cluster/write.ts'
import { getterOf, kinds } from '../../../src/isolation/get.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import { recreateAccount } from '../../../src/remediate/account.ts'
import { blockImage } from '../../../src/remediate/block-image.ts'
import { planOf, type Remedy } from '../../../src/remediate/remedy.ts'
import { removeObject } from '../../../src/remediate/remove.ts'
import { revisionsOf, rollBack } from '../../../src/remediate/roll-back.ts'
import { moveSecretReferences } from '../../../src/remediate/secret-references.ts'
import { stopWorkload } from '../../../src/remediate/stop.ts'
import { readWorkloads } from '../../../src/remediate/workload.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Bench, connectTo, engineOn } from '../change/harness.ts'

describeWithCluster('control-plane', 'remediations', (running) => {
  let cluster: Cluster
  let bench: Bench
  const get = () => getterOf(cluster, [])
  const post = async (path: string, body: object) => await createObject(cluster, path, body)
  const patch = async (path: string, body: object) =>
    await cluster.json<Raw>({
      method: 'PATCH',
      path,
      body,
      headers: { 'content-type': 'application/merge-patch+json' },
    })

  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    bench = await engineOn(cluster)
    await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  })

  const make = async (remedy: (planId: string) => Remedy): Promise<Plan> => {
    const plan = planOf(bench, { command: ['playbook', 'run'] }, remedy)
    const run = await startRun(bench, plan)
    await run.apply()
    const report = await run.close()
    expect(report, JSON.stringify(report.steps)).toMatchObject({ state: 'applied' })
    return plan
  }
  const takeBack = async ({ id }: Plan) => {
    const report = await undoRun(bench, await findRun(bench, id), {})
    expect(report, JSON.stringify(report.steps)).toMatchObject({ state: 'undone' })
  }
  const workload = (kind: string, name: string, spec: object, apiVersion = 'apps/v1') => ({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop' },
    spec,
  })
  const template = (name: string, spec: object = {}) => ({
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'main', image: 'shop/app:1' }], ...spec },
  })
  const matching = (name: string) => ({ selector: { matchLabels: { app: name } } })
  const specOf = async (kind: (typeof kinds)[keyof typeof kinds], name: string) =>
    (await get().one(kind, 'shop', name))['spec']

  it('stops every kind of workload, and starts it again', async () => {
    const apps = '/apis/apps/v1/namespaces/shop'
    await post(
      `${apps}/deployments`,
      workload('Deployment', 'web', { replicas: 3, ...matching('web'), template: template('web') }),
    )
    await post(
      `${apps}/statefulsets`,
      workload('StatefulSet', 'db', { replicas: 2, serviceName: 'db', ...matching('db'), template: template('db') }),
    )
    await post(
      `${apps}/daemonsets`,
      workload('DaemonSet', 'agent', { ...matching('agent'), template: template('agent') }),
    )
    await post(
      '/apis/batch/v1/namespaces/shop/cronjobs',
      workload(
        'CronJob',
        'nightly',
        {
          schedule: '0 3 * * *',
          jobTemplate: { spec: { template: { spec: { ...template('x').spec, restartPolicy: 'Never' } } } },
        },
        'batch/v1',
      ),
    )
    const stopped: [(typeof kinds)[keyof typeof kinds], string, object][] = [
      [kinds.deployments, 'web', { replicas: 0 }],
      [kinds.statefulSets, 'db', { replicas: 0 }],
      [
        kinds.daemonSets,
        'agent',
        { template: { spec: { nodeSelector: { 'kubectl-secure.github.io/nowhere': 'true' } } } },
      ],
      [kinds.cronJobs, 'nightly', { suspend: true }],
    ]
    for (const [kind, name, expected] of stopped) {
      const before = await get().one(kind, 'shop', name)
      const plan = await make(() => stopWorkload(before, []))
      expect(await specOf(kind, name)).toMatchObject(expected)
      expect(stopWorkload(await get().one(kind, 'shop', name), []).changes).toEqual([])
      await takeBack(plan)
      expect(await specOf(kind, name)).toEqual(before['spec'])
    }
  })

  it('gives a Deployment an earlier template, and the present one again', async () => {
    const path = '/apis/apps/v1/namespaces/shop/deployments'
    await post(path, workload('Deployment', 'api', { replicas: 0, ...matching('api'), template: template('api') }))
    const revisions = async (count: number) => {
      for (;;) {
        const [deployment, sets] = await Promise.all([
          get().one(kinds.deployments, 'shop', 'api'),
          get().all(kinds.replicaSets, 'shop'),
        ])
        const found = revisionsOf(deployment, sets)
        if (found.length === count && found[0]?.current) return { deployment, sets, found }
        await sleep(100)
      }
    }
    await revisions(1)
    await patch(`${path}/api`, {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'evil/miner:latest' }] } } },
    })
    const { deployment, sets, found } = await revisions(2)
    expect(found.map(({ revision, images }) => [revision, images])).toEqual([
      [2, ['evil/miner:latest']],
      [1, ['shop/app:1']],
    ])
    expect(() => rollBack(deployment, sets, 7)).toThrow('no revision 7')
    const plan = await make(() => rollBack(deployment, sets, 1))
    // The controller finds the ReplicaSet of the template again: it is the same to the letter.
    const now = await revisions(2)
    expect(now.found).toMatchObject([
      { revision: 3, images: ['shop/app:1'], current: true },
      { images: ['evil/miner:latest'] },
    ])
    await takeBack(plan)
    expect(await specOf(kinds.deployments, 'api')).toEqual(deployment['spec'])
  })

  it('makes an account anew: its tokens are refused, its bindings hold', async () => {
    const path = '/api/v1/namespaces/shop/serviceaccounts'
    await post(path, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'worker', annotations: { owner: 'shop' } },
      automountServiceAccountToken: false,
    })
    const mint = async () => {
      const made = await cluster.json<{ status: { token: string } }>({
        method: 'POST',
        path: `${path}/worker/token`,
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
      })
      return made.status.token
    }
    const isTaken = async (token: string) => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
      const review = await cluster.json<{ status: { authenticated?: boolean } }>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body,
      })
      return review.status.authenticated === true
    }
    const stolen = await mint()
    expect(await isTaken(stolen)).toBe(true)
    const account = await get().one(kinds.accounts, 'shop', 'worker')
    await make(recreateAccount(account, []))
    const anew = await get().one(kinds.accounts, 'shop', 'worker')
    expect(anew).toMatchObject({ automountServiceAccountToken: false, metadata: { annotations: { owner: 'shop' } } })
    await expect.poll(() => isTaken(stolen), { timeout: 20_000 }).toBe(false)
    expect(await isTaken(await mint())).toBe(true)
  })

  it('has an image refused by digest and by each name that was seen, and by nothing else', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`
    const pod = (name: string, image: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'shop' },
      spec: { containers: [{ name: 'main', image }], automountServiceAccountToken: false },
    })
    const tries = async (image: string) => {
      const answer = await cluster
        .request({ method: 'POST', path: '/api/v1/namespaces/shop/pods?dryRun=All', body: pod('try', image) })
        .then(
          () => 'taken',
          (error: Error) => error.message,
        )
      return answer === 'taken' ? 'taken' : answer.includes('blocks this image') ? 'refused' : answer
    }
    await expect.poll(() => tries('other/app:1'), { timeout: 15_000 }).toBe('taken')
    await post('/api/v1/namespaces/shop/pods', pod('runs', 'evil/miner:latest'))
    const plan = await make(blockImage({ digest, names: ['evil/miner:latest', "o'brien\\x:1"] }))
    await expect.poll(() => tries('evil/miner:latest'), { timeout: 20_000 }).toBe('refused')
    expect(await tries(`registry.test/any/name@${digest}`)).toBe('refused')
    expect(await tries('evil/miner:1')).toBe('taken')
    expect(await tries('other/app:1')).toBe('taken')
    // What runs already can be labelled, so isolated.
    await patch('/api/v1/namespaces/shop/pods/runs', { metadata: { labels: { seen: 'yes' } } })
    await takeBack(plan)
    await expect.poll(() => tries('evil/miner:latest'), { timeout: 20_000 }).toBe('taken')
  })

  it('moves every reference to a secret, and back', async () => {
    const spec = {
      imagePullSecrets: [{ name: 'pull' }, { name: 'old' }],
      containers: [
        {
          name: 'main',
          image: 'shop/app:1',
          env: [
            { name: 'A', value: 'old' },
            { name: 'B', valueFrom: { secretKeyRef: { name: 'old', key: 'k' } } },
          ],
          envFrom: [{ configMapRef: { name: 'old' } }, { secretRef: { name: 'old' } }],
        },
      ],
      volumes: [
        { name: 'v', secret: { secretName: 'old' } },
        { name: 'p', projected: { sources: [{ configMap: { name: 'old' } }, { secret: { name: 'old' } }] } },
      ],
    }
    await post(
      '/apis/apps/v1/namespaces/shop/deployments',
      workload('Deployment', 'uses', { replicas: 0, ...matching('uses'), template: template('uses', spec) }),
    )
    const before = await specOf(kinds.deployments, 'uses')
    const remedy = moveSecretReferences(await readWorkloads(get(), 'shop'), 'old', 'fresh')
    expect(remedy.changes.map(({ ref }) => `${ref.kind} ${ref.name}`)).toEqual(['Deployment uses'])
    const plan = await make(() => remedy)
    const after = JSON.stringify(await specOf(kinds.deployments, 'uses'))
    expect(after.match(/"fresh"/g)).toHaveLength(5)
    // What has the name and is no secret stays: a value, two config maps.
    expect(after.match(/"old"/g)).toHaveLength(3)
    await takeBack(plan)
    expect(await specOf(kinds.deployments, 'uses')).toEqual(before)
  })

  describe('deleting', () => {
    it('makes it anew on undo, without what the old one alone had', async () => {
      const path = '/api/v1/namespaces/shop/configmaps'
      await post(path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gone' }, data: { key: 'value' } })
      const before = await get().one(kinds.configMaps, 'shop', 'gone')
      const plan = await make(() => removeObject(before))
      expect(await get().maybe(kinds.configMaps, 'shop', 'gone', '')).toBeUndefined()
      await takeBack(plan)
      const after = await get().one(kinds.configMaps, 'shop', 'gone')
      expect(after['data']).toEqual({ key: 'value' })
      expect(after['metadata']).not.toMatchObject({ uid: (before['metadata'] as { uid: string }).uid })
    })
  })
})
