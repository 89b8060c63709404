import { isDeepStrictEqual } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { findRun } from '../../../src/change/find-run.ts'
import { newPlanId } from '../../../src/change/id.ts'
import { markEdit } from '../../../src/change/lockdown-mark.ts'
import { type Change, type Edit, objectName, planLabel } from '../../../src/change/plan.ts'
import { stateNamespaceBody } from '../../../src/change/record/namespace.ts'
import { recordSecret } from '../../../src/change/record/record.ts'
import { undoRun } from '../../../src/change/runs.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { type ApiObject, createObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Bench, connectTo, engineOn, newNamespace, planOf, read, refOf } from '../change/harness.ts'
import { until } from '../isolation/stage.ts'
import { lockdown } from './locking.ts'

vi.setConfig({ testTimeout: 60_000 })

const enforce = 'pod-security.kubernetes.io/enforce'
const label = (key: string, after: string, before?: string): Edit => ({
  path: ['metadata', 'labels', key],
  ...(before === undefined ? {} : { before }),
  after,
  restore: 'always',
})
// Without what controllers write by themselves.
const wishOf = ({ metadata: { resourceVersion: _1, managedFields: _2, ...metadata }, ...object }: ApiObject) => ({
  ...object,
  metadata,
  status: undefined,
})
const automount: Edit = { path: ['automountServiceAccountToken'], after: false, restore: 'always' }

describeWithCluster('control-plane', 'records of lockdowns that somebody made up', (running) => {
  let cluster: Cluster
  let engine: Bench
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    engine = await engineOn(cluster)
    await createObject(cluster, '/api/v1/namespaces', stateNamespaceBody('kubectl-secure'))
    return () => cluster.close()
  })

  const account = async (space: string, name: string) => {
    const path = `/api/v1/namespaces/${space}/serviceaccounts/${name}`
    await until('the account', async () => (await getObject(cluster, path)) !== undefined)
    return await patchObject(cluster, path, [{ op: 'add', path: '/automountServiceAccountToken', value: false }])
  }
  const labelled = async (name: string, labels: Record<string, string>) =>
    await patchObject(cluster, `/api/v1/namespaces/${name}`, [{ op: 'add', path: '/metadata/labels', value: labels }])
  const quota = async (space: string, name: string, labels: Record<string, string> = {}) =>
    await createObject(cluster, `/api/v1/namespaces/${space}/resourcequotas`, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name, labels },
      spec: { hard: { pods: '5' } },
    })
  const patch = (id: string, object: ApiObject, resource: string, edits: Edit[]): Change => ({
    id,
    do: 'patch',
    why: 'x',
    ref: refOf(object, resource),
    edits,
  })
  const create = (id: string, planId: string, kind: string, namespace: string, name: string): Change => ({
    id,
    do: 'create',
    why: 'x',
    ref: { apiVersion: 'v1', kind, resource: `${kind.toLowerCase()}s`, namespace, name },
    body: { apiVersion: 'v1', kind, metadata: { name, namespace, labels: { [planLabel]: planId } } },
  })
  /** Takes a plan back of which all that is known is a record; what was written of these objects. */
  const undoOf = async (objects: ApiObject[], changes: (id: string) => Change[], id = newPlanId()) => {
    const plan = { ...planOf(engine, changes, id), command: ['lockdown', 'shop', '--level', 'quarantine'] }
    await createObject(
      cluster,
      '/api/v1/namespaces/kubectl-secure/secrets',
      recordSecret(plan, 'kubectl-secure', 'eve'),
    )
    const run = await findRun(engine, id)
    await undoRun(engine, run)
    const paths = objects.map(({ metadata: meta, kind }) =>
      kind === 'Namespace'
        ? `/api/v1/namespaces/${meta.name}`
        : `/api/v1/namespaces/${meta.namespace}/${kind.toLowerCase()}s/${meta.name}`,
    )
    const now = await Promise.all(paths.map(async (path) => await read(cluster, path)))
    return now.filter((one, index) => !isDeepStrictEqual(wishOf(one), wishOf(objects[index] ?? one)))
  }

  test('Pod Security labels and automount of what no lockdown was about stay, with or without the mark in the record', async () => {
    const space = await newNamespace(cluster)
    const [own, builder] = [await account(space, 'default'), await makeAccount(space)]
    const guarded = await labelled(space, { [enforce]: 'restricted', 'pod-security.kubernetes.io/warn': 'baseline' })
    const system = await read(cluster, '/api/v1/namespaces/kube-system')
    const marked = (id: string, ...fields: string[]) => markEdit(id, '2026-01-01T00:00:00.000Z', fields)
    for (const mark of [false, true]) {
      const written = await undoOf([guarded, system, own, builder], (id) => {
        const more = mark ? [marked(id, enforce)] : []
        return [
          patch('n1-pods', guarded, 'namespaces', [
            label(enforce, 'restricted', 'privileged'),
            label('pod-security.kubernetes.io/warn', 'baseline'),
            ...more,
          ]),
          patch('n2-pods', system, 'namespaces', [label('kubernetes.io/metadata.name', 'kube-system'), ...more]),
          patch('n1-tokens', own, 'serviceaccounts', [automount, ...more]),
          patch('n2-tokens', builder, 'serviceaccounts', [automount, ...more]),
        ]
      })
      expect(written).toEqual([])
    }
  })

  const makeAccount = async (space: string) =>
    await createObject(cluster, `/api/v1/namespaces/${space}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'builder' },
      automountServiceAccountToken: false,
    })

  test('quotas and limits of others stay, whatever they are called and whoever’s label they bear', async () => {
    const space = await newNamespace(cluster)
    const [id, other] = [newPlanId(), newPlanId()]
    const team = await quota(space, 'team')
    // The name of this plan without its label, its label without its name, and all of another plan.
    const named = await quota(space, objectName(id, 'quota'))
    const wearing = await quota(space, 'wearing', { [planLabel]: id })
    const others = await quota(space, objectName(other, 'quota'), { [planLabel]: other })
    const all = [team, named, wearing, others]
    const written = await undoOf(
      all,
      (plan) =>
        all.map(({ metadata: { name } }, index) => create(`n1-quota-${index}`, plan, 'ResourceQuota', space, name)),
      id,
    )
    expect(written).toEqual([])
  })

  test('a namespace that a lockdown did close is opened by its own record alone, and no wider than any lockdown found it', async () => {
    const space = await newNamespace(cluster)
    await account(space, 'default').then(async ({ metadata: { name } }) => {
      const path = `/api/v1/namespaces/${space}/serviceaccounts/${name}`
      await patchObject(cluster, path, [{ op: 'remove', path: '/automountServiceAccountToken' }])
    })
    const { report } = await lockdown(await engineOn(cluster), [space], { level: 'quarantine' })
    const [closed, own] = await Promise.all([
      read(cluster, `/api/v1/namespaces/${space}`),
      read(cluster, `/api/v1/namespaces/${space}/serviceaccounts/default`),
    ])
    const quotas = await cluster.json<{ items: ApiObject[] }>({ path: `/api/v1/namespaces/${space}/resourcequotas` })
    const made = quotas.items.map((item) => ({ ...item, apiVersion: 'v1', kind: 'ResourceQuota' }))
    const written = await undoOf([closed, own, ...made], (id) => [
      patch('n1-pods', closed, 'namespaces', [
        label(enforce, 'restricted', 'privileged'),
        markEdit(report.plan ?? '', '2026-01-01T00:00:00.000Z', []),
        markEdit(id, '2026-01-01T00:00:00.000Z', []),
      ]),
      patch('n1-tokens', own, 'serviceaccounts', [automount]),
      ...made.map(({ metadata: { name } }, index) => create(`n1-quota-${index}`, id, 'ResourceQuota', space, name)),
    ])
    expect(written).toEqual([])

    // With the name of the true record, which had to be taken away for it.
    const secrets = '/api/v1/namespaces/kubectl-secure/secrets'
    await cluster.json({ method: 'DELETE', path: `${secrets}/${objectName(report.plan ?? '')}` })
    const again = await undoOf(
      [closed],
      () => [patch('n1-pods', closed, 'namespaces', [label(enforce, 'baseline', 'privileged'), label('team', 'x')])],
      report.plan,
    )
    expect(again).toEqual([])
  })
})
