import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, it } from 'vitest'
import { findRun } from '../../../src/change/find-run.ts'
import { startRun } from '../../../src/change/active-run.ts'
import { newPlanId } from '../../../src/change/id.ts'
import { rightsOf } from '../../../src/change/rights.ts'
import { undoRun } from '../../../src/change/runs.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import { createObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { objectPath } from '../../../src/cluster/object-path.ts'
import { getterOf, type Kind, kinds } from '../../../src/isolation/get.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { pinnedOf } from '../../../src/playbook/actions/targets.ts'
import type { ActionContext, Args, ChangeResult, Outputs, Pinned, Planned } from '../../../src/playbook/model.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Bench, connectTo, engineOn } from '../change/harness.ts'
import { announces } from './announces.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const asArgs = (args: object): Args => args as Args
const apart = { env: {}, cwd: '/', home: '/nonexistent', warn: () => {}, interactive: false }

describeWithCluster('control-plane', 'the actions of playbooks', (running) => {
  let cluster: Cluster
  let bench: Bench
  let context: ActionContext
  const called = new Set<string>()

  const pinOf = async (kind: Kind, namespace: string | undefined, name: string): Promise<Pinned> =>
    pinnedOf(await getterOf(cluster, []).one(kind, namespace, name))
  const post = async (path: string, body: object) => await createObject(cluster, path, body)
  const meta = (name: string, namespace?: string) => ({ metadata: { name, ...(namespace && { namespace }) } })

  /** A question's answer, which has what is declared and nothing else. */
  const ask = async (name: string, args: object): Promise<Outputs> => {
    const action = actions[name]
    if (action?.kind !== 'question') throw new Error(`${name} is no question`)
    const outputs = await action.ask(context, asArgs(args))
    expect(Object.keys(outputs).toSorted()).toEqual(Object.keys(action.outputs).toSorted())
    expect(JSON.parse(JSON.stringify(outputs))).toEqual(outputs)
    called.add(name)
    return outputs
  }
  const planOf = async (name: string, args: object): Promise<Planned | undefined> => {
    const action = actions[name]
    if (action?.kind !== 'change') throw new Error(`${name} is no change`)
    const planned = await action.plan(context, asArgs(args))
    if (!planned) return undefined
    expect(Object.keys(planned.outputs).toSorted()).toEqual(Object.keys(action.outputs).toSorted())
    if (planned.destroys) expect(action.destroys).toBe(true)
    const announced = action.rights(asArgs(args), bench.stateNamespace)
    const unannounced = rightsOf(planned.plan, bench.stateNamespace).filter(
      ({ attributes }) => !announces(announced, attributes),
    )
    expect(unannounced, `${name} does not announce`).toEqual([])
    called.add(name)
    return planned
  }
  /** Plans, applies, looks, undoes. */
  const make = async (
    name: string,
    args: object,
  ): Promise<{ planned: Planned; result: ChangeResult; undo(): Promise<void> }> => {
    const planned = await planOf(name, args)
    if (!planned) throw new Error(`${name} has nothing to change`)
    const result = await planned.apply()
    expect(result, JSON.stringify(bench.steps.slice(-3))).toMatchObject({ state: 'applied' })
    expect(Object.keys(result.outputs).toSorted()).toEqual(Object.keys(actions[name]?.outputs ?? {}).toSorted())
    return {
      planned,
      result,
      async undo() {
        const report = await undoRun(bench, await findRun(bench, planned.plan.id), {})
        expect(report.state, JSON.stringify(report.steps)).toBe('undone')
      },
    }
  }
  const refuses = async (name: string, args: object, code: string, message: RegExp) => {
    const action = actions[name]
    const asked = action?.kind === 'question' ? ask(name, args) : planOf(name, args)
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string })
  }

  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    bench = await engineOn(cluster)
    context = {
      engine: bench,
      folder: mkdtempSync(join(tmpdir(), 'ks-run-')),
      runId: newPlanId(),
      incident: 'INC-9',
      say: () => {},
    }
    await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', ...meta('shop') })
    await post('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', ...meta('n1') })
    await post('/api/v1/namespaces/shop/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', ...meta('web') })
    await until(async () => (await getterOf(cluster, []).maybe(kinds.accounts, 'shop', 'default', '')) !== undefined)
    for (const name of ['key', 'key-2'])
      await post('/api/v1/namespaces/shop/secrets', {
        apiVersion: 'v1',
        kind: 'Secret',
        ...meta(name),
        stringData: { password: 'hunter2' },
      })
    await post('/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      ...meta('web-edits'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [
        { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: '\\u{61}lice\u202e' },
      ],
    })
    await post('/apis/apps/v1/namespaces/shop/deployments', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      ...meta('web', 'shop'),
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            nodeName: 'n1',
            serviceAccountName: 'web',
            hostPID: true,
            containers: [
              {
                name: 'app',
                image: 'evil/miner:1',
                envFrom: [{ secretRef: { name: 'key' } }],
                securityContext: { privileged: true },
              },
            ],
          },
        },
      },
    })
    await until(async () => (await webPods()).length === 2)
    for (const pod of await webPods()) await ran(pod)
  }, 60_000)

  /** A token as an intruder has it; bound to a pod where one is named. */
  const mint = async (account: string, pod?: Pinned): Promise<string> => {
    const spec = pod ? { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid } } : {}
    const path = `/api/v1/namespaces/shop/serviceaccounts/${account}/token`
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec }
    return (await cluster.json<{ status: { token: string } }>({ method: 'POST', path, body })).status.token
  }
  const isTaken = async (token: string): Promise<boolean> => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
    const path = '/apis/authentication.k8s.io/v1/tokenreviews'
    const review = await cluster.json<{ status: { authenticated?: boolean } }>({ method: 'POST', path, body })
    return review.status.authenticated === true
  }

  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await sleep(100)
  }

  const webPods = async () =>
    (await getterOf(cluster, []).all(kinds.pods, 'shop', { query: 'labelSelector=app%3Dweb' })).map(pinnedOf)
  /** As its kubelet would say, had it one. */
  const ran = async ({ namespace = '', name }: Pinned) => {
    const path = objectPath({ ...kinds.pods, namespace, name }, 'status')
    const value = [
      {
        name: 'app',
        image: 'evil/miner:1',
        imageID: `docker.io/evil/miner@${digest}`,
        ready: true,
        restartCount: 0,
        state: { running: {} },
      },
    ]
    await patchObject(cluster, path, [
      { op: 'add', path: '/status/containerStatuses', value },
      { op: 'add', path: '/status/phase', value: 'Running' },
    ])
  }

  it('says what a pod is and who is like it', async () => {
    const [pod, other] = await webPods()
    expect(await ask('pod.facts', { pod })).toMatchObject({
      pod,
      node: { kind: 'Node', name: 'n1', uid: expect.any(String) as string },
      account: { kind: 'ServiceAccount', namespace: 'shop', name: 'web' },
      subject: 'sa:shop/web',
      token: true,
      controller: { kind: 'Deployment', name: 'web' },
      hostPID: true,
      hostNetwork: false,
      reachesNode: true,
      isolatable: true,
      digests: [digest],
      secrets: [{ kind: 'Secret', namespace: 'shop', name: 'key' }],
      sameWorkload: [other],
      sameAccount: [other],
      sameImage: [other],
      complete: true,
    })
    await refuses('pod.facts', { pod: { ...pod, uid: 'another' } }, 'conflict', /another one now/)
    await refuses('pod.facts', { pod: { ...pod, name: 'nobody' } }, 'not-found', /nobody/)
  })

  it('says who can, what a subject can, and where it may lead', async () => {
    const found = await ask('who-can', { verb: 'get', resource: 'secrets', namespace: 'shop' })
    expect(found['subjects']).toEqual(expect.arrayContaining(['sa:shop/web', 'user:\\u{61}lice\u202e']))
    expect(found['everybody']).toBe(false)
    expect(await ask('what-can', { subject: 'sa:shop/web' })).toMatchObject({ admin: false, complete: true })
    expect(await ask('what-can', { subject: 'group:system:masters' })).toMatchObject({ admin: true })
    const { admin, node, shortest } = await ask('paths', { subject: 'sa:shop/web' })
    expect({ admin, node }).toEqual({ admin: false, node: true })
    expect(JSON.stringify(shortest)).toContain('node')
    const [pod] = await webPods()
    expect(await ask('paths', { from: pod })).toMatchObject({ node: true })
    await refuses('paths', {}, 'usage', /either/)
  })

  it('says where an image runs, what is on a node, who has a secret and what an account has', async () => {
    const pods = await webPods()
    const workload = await pinOf(kinds.deployments, 'shop', 'web')
    expect(await ask('image.pods', { digest })).toMatchObject({
      pods: expect.arrayContaining(pods) as unknown,
      workloads: [workload],
      bare: [],
      names: ['evil/miner:1'],
      namespaces: ['shop'],
      nodes: ['n1'],
    })
    expect(await ask('image.pods', { digest: `sha256:${'0'.repeat(64)}` })).toMatchObject({ pods: [], complete: true })
    expect(await ask('node.pods', { node: await pinOf(kinds.nodes, undefined, 'n1') })).toMatchObject({
      pods: expect.arrayContaining(pods) as unknown,
      subjects: ['sa:shop/web'],
      secrets: [{ kind: 'Secret', namespace: 'shop', name: 'key' }],
      workloads: [workload],
      cordoned: false,
    })
    const uses = await ask('secret.uses', { secret: { kind: 'Secret', namespace: 'shop', name: 'key' } })
    expect(uses).toMatchObject({ pods: expect.arrayContaining(pods) as unknown })
    expect((uses['workloads'] as unknown as Pinned[]).map(({ kind }) => kind).toSorted()).toEqual(['Deployment'])
    expect(uses['readers']).toContain('sa:shop/web')
    expect(JSON.stringify(uses)).not.toContain('hunter2')
    expect(await ask('account.tokens', { account: await pinOf(kinds.accounts, 'shop', 'web') })).toMatchObject({
      pods: expect.arrayContaining(pods) as unknown,
      bindings: [{ kind: 'RoleBinding', name: 'web-edits', role: 'ClusterRole edit' }],
      legacy: [],
    })
  })

  it('asks an audit log, and says what it is worth', async () => {
    const log = join(context.folder, 'audit.log')
    const event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: 'a-1',
      stage: 'ResponseComplete',
      requestURI: '/api/v1/namespaces/shop/secrets/key',
      verb: 'get',
      user: { username: 'mallory', groups: ['system:authenticated'] },
      objectRef: { resource: 'secrets', namespace: 'shop', name: 'key', apiVersion: 'v1' },
      responseStatus: { code: 200 },
      requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
      stageTimestamp: '2026-01-01T00:00:00.100000Z',
    }
    writeFileSync(log, `${JSON.stringify(event)}\n`)
    const found = await ask('audit.ask', { logs: log, question: 'secrets-read' })
    expect(found).toMatchObject({
      count: 1,
      actors: ['mallory'],
      findings: [{ by: 'mallory', name: 'key', result: 'done' }],
      complete: false,
      gaps: [expect.stringMatching(/^the audit policy: it was not given; hides /)],
    })
    const policy = join(context.folder, 'policy.yaml')
    writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n')
    const sure = await ask('audit.ask', { logs: log, question: 'secrets-read', policy })
    expect(sure).toMatchObject({ count: 1, complete: true, gaps: [] })
    expect(await ask('audit.ask', { logs: [log], subject: 'user:bob' })).toMatchObject({ count: 0 })
    expect(await ask('audit.ask', { logs: log, namespace: 'shop' })).toMatchObject({ count: 1 })
    expect(await ask('audit.ask', { logs: log, namespace: 'default' })).toMatchObject({ count: 0 })
    await refuses('audit.ask', { logs: log, question: 'nothing' }, 'usage', /no question/)
  })

  it('says whom policies let through', async () => {
    const [from, to] = await webPods()
    expect(await ask('reach', { from: { kind: 'Namespace', name: 'shop' }, toAddress: 'world' })).toHaveProperty(
      'verdict',
    )
    await refuses('reach', { from, to, toAddress: 'world' }, 'usage', /either/)
  })

  it('takes evidence in its time, and covers only what it has whole', async () => {
    const action = actions['evidence.collect']
    if (action?.kind !== 'evidence') throw new Error('no evidence')
    const [pod] = await webPods()
    const { outputs, covers, complete, file } = await action.collect(context, asArgs({ target: pod }))
    expect(Object.keys(outputs).toSorted()).toEqual(Object.keys(action.outputs).toSorted())
    // There is no kubelet here: its logs are not to be had.
    expect({ covers, complete }).toEqual({ covers: [], complete: false })
    expect(outputs).toMatchObject({ missing: [pod], digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
    const { verify } = await import('../../../src/bundle/verify.ts')
    expect(await verify(String(file))).toMatchObject({ form: 'bundle', isIntact: true })
    await expect(action.collect(context, asArgs({ target: { ...pod, uid: 'another' } }))).rejects.toMatchObject({
      code: 'conflict',
    })
    called.add('evidence.collect')
  }, 30_000)

  it('takes rights away, and gives them back', async () => {
    const subjects = async () => (await getterOf(cluster, []).one(kinds.roleBindings, 'shop', 'web-edits'))['subjects']
    const before = await subjects()
    const { result, undo } = await make('revoke', { subject: ['sa:shop/web', 'user:\\u{61}lice\u202e'] })
    expect(result.outputs).toMatchObject({ bindings: [{ name: 'web-edits' }], complete: true })
    expect(await subjects()).toBeUndefined()
    await undo()
    expect(await subjects()).toEqual(expect.arrayContaining(before as unknown[]))
    expect(await planOf('revoke', { subject: 'user:alice' })).toBeUndefined()
    await refuses('revoke', { subject: `user:${bench.user.name}` }, 'usage', /your own rights/)
    await refuses('revoke', { subject: 'group:system:masters' }, 'usage', /your own rights/)
    const bindings = await pinOf(kinds.roleBindings, 'shop', 'web-edits')
    const one = await make('bindings.remove', { bindings, subject: 'sa:shop/web' })
    expect(await subjects()).toHaveLength(1)
    await one.undo()
    const all = await make('bindings.remove', { bindings })
    await expect(subjects()).rejects.toMatchObject({ code: 'not-found' })
    await all.undo()
    expect(await subjects()).toHaveLength(2)
    await refuses('bindings.remove', { bindings }, 'conflict', /another one now/)
  })

  it('does not take what it may not see for nothing', async () => {
    const nobody = await connect({ kubeconfig: running().kubeconfig, as: 'nobody' }, apart)
    const action = actions['revoke']
    if (action?.kind !== 'change') throw new Error('no change')
    const blind = { ...context, engine: { ...bench, cluster: nobody } }
    await expect(action.plan(blind, { subject: 'sa:shop/web' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('makes an account anew: what names the old one is dead', async () => {
    await post('/api/v1/namespaces/shop/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      ...meta('worker'),
    })
    const account = await pinOf(kinds.accounts, 'shop', 'worker')
    const stolen = await mint('worker')
    expect(await ask('token.dead', { account })).toMatchObject({ dead: false, bound: 'valid' })
    expect(await isTaken(stolen)).toBe(true)
    const { result } = await make('account.recreate', { account })
    expect(result.outputs).toMatchObject({
      before: account,
      account: await pinOf(kinds.accounts, 'shop', 'worker'),
      pods: [],
    })
    expect(await ask('token.dead', { account })).toMatchObject({ dead: true, bound: 'refused', complete: true })
    expect(await isTaken(stolen)).toBe(false)
    await refuses('account.recreate', { account }, 'conflict', /another one now/)
  }, 40_000)

  it('refuses a token in a Secret once its account is revoked', async () => {
    await post('/api/v1/namespaces/shop/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', ...meta('old') })
    await post('/api/v1/namespaces/shop/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'old-token', annotations: { 'kubernetes.io/service-account.name': 'old' } },
      type: 'kubernetes.io/service-account-token',
    })
    const account = await pinOf(kinds.accounts, 'shop', 'old')
    const legacy = async () => (await ask('token.dead', { account }))['legacy']
    await expect.poll(legacy, { timeout: 15_000 }).toMatchObject([{ name: 'old-token', refused: false }])
    const { result } = await make('revoke', { subject: 'sa:shop/old' })
    expect(result.outputs).toMatchObject({ tokens: ['shop/old-token'] })
    await expect.poll(legacy, { timeout: 20_000 }).toMatchObject([{ name: 'old-token', refused: true }])
    expect(await ask('account.tokens', { account })).toMatchObject({
      legacy: [{ invalidSince: expect.any(String) as string }],
    })
  }, 60_000)

  it('stops, rolls back, suspends and cordons', async () => {
    const target = await pinOf(kinds.deployments, 'shop', 'web')
    const pods = await webPods()
    const stopped = await make('workload.stop', { target })
    expect(stopped.planned.destroys).toEqual(expect.arrayContaining(pods))
    await expect
      .poll(async () => (await ask('rollout.done', { workload: target }))['wanted'], { timeout: 10_000 })
      .toBe(0)
    expect(await planOf('workload.stop', { target })).toBeUndefined()
    await stopped.undo()
    await expect
      .poll(async () => (await webPods()).filter(({ uid }) => !pods.some((one) => one.uid === uid)).length, {
        timeout: 15_000,
      })
      .toBe(2)
    const path = '/apis/apps/v1/namespaces/shop/deployments/web'
    await patchObject(cluster, path, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'evil/miner:2' },
    ])
    const images = async () => JSON.stringify((await getObject(cluster, path))?.['spec'])
    await expect
      .poll(() => planOf('workload.roll-back', { workload: target }), { timeout: 10_000 })
      .toMatchObject({ outputs: { revision: 1 } })
    const back = await make('workload.roll-back', { workload: target, avoid: ['evil/miner:2'] })
    expect(back.result.outputs).toMatchObject({ images: ['evil/miner:1'] })
    expect(await images()).toContain('evil/miner:1')
    await back.undo()
    expect(await images()).toContain('evil/miner:2')
    await refuses(
      'workload.roll-back',
      { workload: target, avoid: ['evil/miner:1', 'evil/miner:2'] },
      'not-found',
      /no earlier revision/,
    )
    await post('/apis/batch/v1/namespaces/shop/cronjobs', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      ...meta('nightly'),
      spec: {
        schedule: '0 3 * * *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'a' }] } } },
        },
      },
    })
    const workload = await pinOf(kinds.cronJobs, 'shop', 'nightly')
    const suspended = await make('cronjob.suspend', { workload })
    expect(suspended.planned.destroys).toBeUndefined()
    expect(await planOf('cronjob.suspend', { workload })).toBeUndefined()
    await suspended.undo()
    await refuses('cronjob.suspend', { workload: target }, 'usage', /of a CronJob/)
    const node = await pinOf(kinds.nodes, undefined, 'n1')
    const cordoned = await make('node.cordon', { node })
    expect(await ask('node.pods', { node })).toMatchObject({ cordoned: true })
    await cordoned.undo()
  }, 60_000)

  it('blocks an image by its digest and its names', async () => {
    for (const pod of await webPods()) await ran(pod)
    const names = ['evil/other:1']
    const refused = async () => await ask('image.refused', { digest, names })
    expect(await refused()).toMatchObject({
      refused: false,
      admitted: [`image.invalid/any@${digest}`, ...names],
      complete: true,
    })
    const { result, undo } = await make('image.block', { digest, names })
    expect(result.outputs['names']).toContain('evil/other:1')
    await expect.poll(refused).toMatchObject({ refused: true, admitted: [], complete: true })
    // What another one refuses says nothing of the block.
    const other = await ask('image.refused', { digest, names: [' '] })
    expect(other).toMatchObject({ refused: false, admitted: [], complete: false })
    await undo()
  })

  it('moves references to a secret, and says whose pods are replaced', async () => {
    const [from, to] = ['key', 'key-2'].map((name) => ({ kind: 'Secret', namespace: 'shop', name }))
    const { planned, undo } = await make('secret.move', { from, to })
    expect(planned.outputs).toMatchObject({ workloads: [{ kind: 'Deployment', name: 'web' }] })
    expect(planned.destroys?.length).toBeGreaterThan(0)
    expect(JSON.stringify(planned)).not.toContain('hunter2')
    await undo()
    await refuses('secret.move', { from, to: { ...from, name: 'none' } }, 'not-found', /none/)
    await refuses('secret.move', { from, to: from }, 'usage', /another one/)
    await refuses('secret.move', { from, to: { ...to, uid: 'x' } }, 'conflict', /another one now/)
  })

  it('deletes pods, objects and webhooks, each the one that is meant', async () => {
    const bare = async (name: string) =>
      pinnedOf(
        await post('/api/v1/namespaces/shop/pods', {
          apiVersion: 'v1',
          kind: 'Pod',
          ...meta(name),
          spec: { containers: [{ name: 'app', image: 'a' }], automountServiceAccountToken: false },
        }),
      )
    const pods = [await bare('one'), await bare('two')]
    expect(await ask('pods.gone', { pods })).toMatchObject({ gone: false, left: pods })
    const token = await mint('default', pods[0])
    expect(await ask('token.dead', { pod: pods[0] })).toMatchObject({ dead: false, bound: 'valid', holders: [pods[0]] })
    expect(await isTaken(token)).toBe(true)
    const { planned } = await make('pod.delete', { target: pods })
    expect(await ask('token.dead', { pod: pods[0] })).toMatchObject({ dead: true, bound: 'refused' })
    expect(await isTaken(token)).toBe(false)
    expect(planned.destroys).toEqual(pods)
    expect(await ask('pods.gone', { pods })).toEqual({ gone: true, left: [] })
    expect(await planOf('pod.delete', { target: pods })).toBeUndefined()
    const again = await bare('one')
    expect(await ask('pods.gone', { pods })).toEqual({ gone: true, left: [] })
    expect(await ask('pods.gone', { pods: again })).toMatchObject({ gone: false })
    await refuses('pod.delete', { target: pods }, 'conflict', /another one now/)
    await post('/api/v1/namespaces/shop/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      ...meta('script'),
      data: { a: 'b' },
    })
    const object = await pinOf(kinds.configMaps, 'shop', 'script')
    const { undo } = await make('object.delete', { object })
    await undo()
    expect((await getterOf(cluster, []).one(kinds.configMaps, 'shop', 'script'))['data']).toEqual({ a: 'b' })
    await refuses(
      'object.delete',
      { object: { kind: 'Secret', namespace: 'shop', name: 'key' } },
      'usage',
      /not of a Secret/,
    )
    const deployment = await planOf('object.delete', { object: await pinOf(kinds.deployments, 'shop', 'web') })
    expect(deployment?.destroys?.length).toBeGreaterThan(0)
    await post('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      ...meta('persist'),
      webhooks: [
        {
          name: 'persist.evil.test',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Ignore',
          clientConfig: { url: 'https://evil.test/hook' },
          rules: [{ apiGroups: ['none.test'], apiVersions: ['*'], operations: ['CREATE'], resources: ['none'] }],
        },
      ],
    })
    const webhook = await make('webhook.delete', { object: { kind: 'MutatingWebhookConfiguration', name: 'persist' } })
    await webhook.undo()
    expect(await getterOf(cluster, []).one(kinds.mutatingWebhooks, undefined, 'persist')).toMatchObject({
      webhooks: [{ clientConfig: { url: 'https://evil.test/hook' } }],
    })
    await refuses('webhook.delete', { object }, 'usage', /not of a ConfigMap/)
  }, 30_000)

  it('closes a namespace, and says whether it still is', async () => {
    await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', ...meta('till') })
    const namespace = await pinOf(kinds.namespaces, undefined, 'till')
    await refuses('lockdown', { namespace: { ...namespace, uid: 'x' } }, 'conflict', /another one now/)
    await refuses('lockdown', { namespace, only: ['doors'] }, 'usage', /no part/)
    for (const level of ['baseline', 'restricted', 'quarantine']) await planOf('lockdown', { namespace, level })
    const { result, undo } = await make('lockdown', { namespace, level: 'restricted' })
    expect(result.outputs['verdict']).toMatch(/^[A-Z ]+$/)
    expect(await ask('lockdown.status', { namespace: 'till' })).toMatchObject({
      plans: [result.outputs['plan']],
      drift: [],
    })
    await undo()
    expect(await ask('lockdown.status', { namespace: 'till' })).toMatchObject({ inForce: false })
  }, 60_000)

  it('isolates pods of several namespaces in one run, and says whether that holds', async () => {
    await post('/api/v1/namespaces/till/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'other', labels: { app: 'other' } },
      spec: { containers: [{ name: 'app', image: 'a' }], automountServiceAccountToken: false },
    })
    const [first] = await webPods()
    const other = await pinOf(kinds.pods, 'till', 'other')
    await refuses('isolate', { target: { ...other, uid: 'x' } }, 'conflict', /another one now/)
    await refuses('isolate', { target: [first, { kind: 'Node', name: 'n1' }] }, 'usage', /several pods, or one/)
    const gone = { kind: 'Pod', namespace: 'till', name: 'gone', uid: 'u' }
    const { result, undo } = await make('isolate', { target: [first, other, gone] })
    expect(result.outputs).toMatchObject({ isolated: false, pods: expect.arrayContaining([first, other]) as unknown })
    const plan = result.outputs['plan']
    expect(await ask('isolation.status', { plan })).toMatchObject({ plans: [plan], inForce: true, drift: [] })
    expect(await ask('isolation.status', { pod: other })).toMatchObject({ plans: [plan], inForce: true })
    await undo()
    expect(await ask('isolation.status', { pod: other })).toMatchObject({ inForce: false })
  }, 60_000)

  it('goes on with a change that was cut off, and knows its outputs by the plan alone', async () => {
    const planned = await planOf('workload.stop', { target: await pinOf(kinds.deployments, 'shop', 'web') })
    if (!planned) throw new Error('nothing to stop')
    // Announced and begun, and then the process was gone.
    const run = await startRun(bench, planned.plan)
    await run.close()
    const action = actions['workload.stop']
    if (action?.kind !== 'change') throw new Error('no change')
    expect(await action.resume(context, planned.plan.id)).toEqual({ state: 'applied', outputs: planned.outputs })
    expect(await action.resume(context, planned.plan.id)).toEqual({ state: 'applied', outputs: planned.outputs })
    const isolate = await planOf('isolate', { target: await pinOf(kinds.pods, 'till', 'other') })
    const cut = actions['isolate']
    if (!isolate || cut?.kind !== 'change') throw new Error('nothing to isolate')
    await (await startRun(bench, isolate.plan)).close()
    const resumed = await cut.resume(context, isolate.plan.id)
    expect(resumed.outputs).toMatchObject({ verdict: 'UNKNOWN', isolated: false, pods: isolate.outputs['pods'] })
    expect(Object.keys(resumed.outputs).toSorted()).toEqual(Object.keys(cut.outputs).toSorted())
    await undoRun(bench, await findRun(bench, isolate.plan.id), {})
  }, 60_000)

  it('stages a drill in a namespace of its own', async () => {
    const { result, undo } = await make('drill.stage', {})
    const { namespace, pod } = result.outputs as unknown as { namespace: Pinned; pod: Pinned }
    expect(namespace.name).toMatch(/^kubectl-secure-.*-drill$/)
    expect(await pinOf(kinds.pods, namespace.name, 'intruder')).toEqual(pod)
    const action = actions['drill.stage']
    if (action?.kind !== 'change') throw new Error('no change')
    expect(await action.resume(context, result.outputs['plan'] as string)).toEqual(result)
    await undo()
  })

  it('has been tried whole', () => {
    expect(Object.keys(actions).filter((name) => !called.has(name))).toEqual([])
  })
})
