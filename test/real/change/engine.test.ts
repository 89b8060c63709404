import { beforeAll, expect, it } from 'vitest'
import { findRun } from '../../../src/change/find-run.ts'
import { preflight } from '../../../src/change/preflight.ts'
import { preview } from '../../../src/change/preview.ts'
import { type Change, objectName, quarantineLabel } from '../../../src/change/plan.ts'
import { applyPlan, undoRun } from '../../../src/change/runs.ts'
import { status } from '../../../src/change/status.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { createObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import {
  connectTo,
  engineOn,
  essence,
  newNamespace,
  newPod,
  planOf,
  policyChange,
  quarantineChanges,
  policyPath,
  read,
  refOf,
} from './harness.ts'

describeWithCluster('control-plane', 'the change engine', (running) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })

  const podPath = (namespace: string) => `/api/v1/namespaces/${namespace}/pods/web`

  async function quarantine() {
    const engine = await engineOn(cluster)
    const namespace = await newNamespace(cluster)
    const pod = await newPod(cluster, namespace, { app: 'web', tier: 'front' })
    const plan = planOf(engine, quarantineChanges(namespace, pod))
    return { engine, namespace, pod, plan }
  }

  it('applies a plan, reads it back, and takes it back exactly; the second undo writes nothing', async () => {
    const { engine, namespace, pod, plan } = await quarantine()
    const report = await applyPlan(engine, plan)
    expect(report).toMatchObject({
      state: 'applied',
      steps: [{ state: 'applied' }, { state: 'applied' }],
      warnings: [],
    })
    const cut = await read(cluster, podPath(namespace))
    expect(cut.metadata['labels']).toEqual({ tier: 'front', [quarantineLabel(plan.id)]: 'true' })
    expect((await read(cluster, policyPath(namespace, objectName(plan.id))))['spec']).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
    })

    expect(await undoRun(engine, await findRun(engine, plan.id))).toMatchObject({ state: 'undone' })
    expect(essence(await read(cluster, podPath(namespace)))).toEqual(essence(pod))
    expect(await getObject(cluster, policyPath(namespace, objectName(plan.id)))).toBeUndefined()
    const { resourceVersion } = (await read(cluster, podPath(namespace))).metadata
    expect(await undoRun(engine, await findRun(engine, plan.id))).toMatchObject({ state: 'undone' })
    expect((await read(cluster, podPath(namespace))).metadata.resourceVersion).toBe(resourceVersion)
  })

  it('leaves what somebody else changed since, says so, and gives the rest back', async () => {
    const { engine, namespace, plan } = await quarantine()
    await applyPlan(engine, plan)
    await patchObject(cluster, podPath(namespace), [{ op: 'add', path: '/metadata/labels/app', value: 'theirs' }])
    const report = await undoRun(engine, await findRun(engine, plan.id))
    expect(report.state).toBe('partly-undone')
    expect(report.steps[1]?.left).toMatchObject([{ path: ['metadata', 'labels', 'app'], found: 'theirs' }])
    expect((await read(cluster, podPath(namespace))).metadata['labels']).toEqual({ tier: 'front', app: 'theirs' })
  })

  it('refuses a plan that the cluster has drifted from, before it writes', async () => {
    const { engine, namespace, plan } = await quarantine()
    await patchObject(cluster, podPath(namespace), [{ op: 'replace', path: '/metadata/labels/app', value: 'db' }])
    const report = await preflight(engine, plan)
    expect(report.ready).toBe(false)
    expect(report.drift.join()).toContain('metadata.labels.app')
    await cluster.request({ method: 'DELETE', path: `${podPath(namespace)}?gracePeriodSeconds=0` })
    await newPod(cluster, namespace, { app: 'web', tier: 'front' })
    expect((await preflight(engine, plan)).drift.join()).toContain('another one has its name')
  })

  it('never merges into an object that is there already', async () => {
    const { engine, namespace, plan } = await quarantine()
    const body = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: objectName(plan.id) },
      spec: { podSelector: {} },
    }
    await createObject(cluster, `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, body)
    const report = await applyPlan(engine, plan)
    expect(report.steps).toMatchObject([{ state: 'failed' }, { state: 'planned' }])
    expect((await read(cluster, podPath(namespace))).metadata['labels']).toEqual({ app: 'web', tier: 'front' })
    await undoRun(engine, await findRun(engine, plan.id))
    expect(await getObject(cluster, policyPath(namespace, objectName(plan.id)))).toBeDefined()
  })

  it('shows by the server what it would do, and stores nothing', async () => {
    const { engine, namespace, plan } = await quarantine()
    const [policy, label] = await preview(engine, plan)
    expect(policy?.before).toBeUndefined()
    expect(policy?.after).toMatchObject({ kind: 'NetworkPolicy', spec: { policyTypes: ['Ingress', 'Egress'] } })
    expect(label?.after).toMatchObject({ metadata: { labels: { tier: 'front', [quarantineLabel(plan.id)]: 'true' } } })
    expect((await read(cluster, podPath(namespace))).metadata['labels']).toEqual({ app: 'web', tier: 'front' })
  })

  it('two incidents on one pod are undone independently', async () => {
    const { engine, namespace, pod, plan } = await quarantine()
    await applyPlan(engine, plan)
    const second = planOf(engine, (id): Change[] => [
      policyChange(id, namespace),
      {
        id: 'label',
        do: 'patch',
        why: 'second responder',
        ref: refOf(pod, 'pods'),
        edits: [{ path: ['metadata', 'labels', quarantineLabel(id)], after: 'true', restore: 'always' }],
      },
    ])
    const other = await engineOn(cluster)
    await applyPlan(other, second)
    const first = await undoRun(engine, await findRun(engine, plan.id))
    expect(first.state).toBe('partly-undone')
    expect((await read(cluster, podPath(namespace))).metadata['labels']).toEqual({
      tier: 'front',
      [quarantineLabel(second.id)]: 'true',
    })
    await undoRun(other, await findRun(other, second.id))
    expect((await undoRun(engine, await findRun(engine, plan.id))).state).toBe('undone')
    expect(essence(await read(cluster, podPath(namespace)))).toEqual(essence(pod))
  })

  it('another responder on another machine sees it and releases it by the record in the cluster', async () => {
    const { engine, namespace, pod, plan } = await quarantine()
    await applyPlan(engine, plan)
    const elsewhere = await engineOn(cluster)
    const run = await findRun(elsewhere, plan.id)
    expect(run.records).toEqual(['cluster'])
    expect((await status(elsewhere)).runs.find(({ plan: id }) => id === plan.id)).toMatchObject({
      incident: 'INC-7',
      drift: [],
      records: ['cluster'],
    })
    expect((await undoRun(elsewhere, run)).state).toBe('undone')
    expect(essence(await read(cluster, podPath(namespace)))).toEqual(essence(pod))
    const mine = (await status(engine)).runs.find(({ plan: id }) => id === plan.id)
    expect(mine?.drift).toHaveLength(2)
    expect((await undoRun(engine, await findRun(engine, plan.id))).state).toBe('undone')
  })

  it('says in its status what drifted', async () => {
    const { engine, namespace, plan } = await quarantine()
    await applyPlan(engine, plan)
    const isIt = ({ plan: { id } }: { plan: { id: string } }) => id === plan.id
    expect((await status(engine, isIt)).runs).toMatchObject([
      { state: 'applied', drift: [], records: ['journal', 'cluster'] },
    ])
    await patchObject(cluster, policyPath(namespace, objectName(plan.id)), [
      { op: 'replace', path: '/spec/policyTypes', value: ['Ingress'] },
    ])
    const [run] = (await status(engine, isIt)).runs
    expect(run?.drift.join()).toContain('spec.policyTypes')
  })

  it('evicts a pod by its uid, never a namesake, and says that it does not come back', async () => {
    const { engine, namespace, pod } = await quarantine()
    const evict = (): Change[] => [{ id: 'evict', do: 'evict', why: 'ends it', ref: refOf(pod, 'pods') }]
    const plan = planOf(engine, evict)
    expect((await preflight(engine, plan)).ready).toBe(true)
    expect(await read(cluster, podPath(namespace))).toMatchObject({ metadata: { uid: pod.metadata.uid } })
    expect(await applyPlan(engine, plan)).toMatchObject({
      state: 'applied',
      irreversible: [{ what: expect.stringContaining('the pod is deleted') }],
    })
    expect(await getObject(cluster, podPath(namespace))).toBeUndefined()
    const undone = await undoRun(engine, await findRun(engine, plan.id))
    expect(undone.steps[0]?.left).toMatchObject([{ why: 'an evicted pod does not come back' }])

    const namesake = await newPod(cluster, namespace, { app: 'web' })
    expect(await applyPlan(engine, planOf(engine, evict))).toMatchObject({ steps: [{ state: 'already' }] })
    expect((await read(cluster, podPath(namespace))).metadata.uid).toBe(namesake.metadata.uid)
  })
})
