import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startRun } from '../../../src/change/active-run.ts'
import { findRun, knownRuns } from '../../../src/change/find-run.ts'
import { type Change, objectName, type Plan } from '../../../src/change/plan.ts'
import { acquireLease } from '../../../src/change/record/lease.ts'
import { recordRef } from '../../../src/change/record/record.ts'
import { objectPath } from '../../../src/cluster/object-path.ts'
import { applyPlan, resumeRun, undoRun } from '../../../src/change/runs.ts'
import { status } from '../../../src/change/status.ts'
import type { Cluster, Request } from '../../../src/cluster/cluster.ts'
import { createObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { SecureError } from '../../../src/errors.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import {
  type Bench,
  connectTo,
  engineOn,
  newNamespace,
  newPod,
  planOf,
  quarantineChanges,
  policyPath,
  read,
  refOf,
} from './harness.ts'

describeWithCluster('control-plane', 'a run that did not end as it should', (running) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })

  async function quarantine(): Promise<{ engine: Bench; namespace: string; plan: Plan; labels(): Promise<unknown> }> {
    const engine = await engineOn(cluster)
    const namespace = await newNamespace(cluster)
    const pod = await newPod(cluster, namespace, { app: 'web' })
    const plan = planOf(engine, quarantineChanges(namespace, pod))
    const labels = async () =>
      (await getObject(cluster, `/api/v1/namespaces/${namespace}/pods/web`))?.metadata['labels']
    return { engine, namespace, plan, labels }
  }
  const recordOf = async ({ id }: Plan) => await getObject(cluster, objectPath(recordRef(id, 'kubectl-secure')))
  /** A cluster on which requests of some kind fail from now on. */
  const failing = (engine: Bench, isMeant: (request: Request) => boolean, error: SecureError): Bench => {
    const guard = async <T>(request: Request, send: () => Promise<T>): Promise<T> => {
      if (isMeant(request)) throw error
      return await send()
    }
    return {
      ...engine,
      cluster: {
        ...cluster,
        request: async (request) => await guard(request, async () => await cluster.request(request)),
        json: async <T>(request: Request) => await guard(request, async () => await cluster.json<T>(request)),
      },
    }
  }

  test('an undo by the record that another holder stood in the way of is done the second time, and not forgotten', async () => {
    const { engine, plan, labels } = await quarantine()
    await applyPlan(engine, plan)
    await acquireLease(cluster, 'kubectl-secure', plan.id, 'bob@elsewhere')
    const other = await engineOn(cluster)
    await expect(undoRun(other, await findRun(other, plan.id))).rejects.toMatchObject({ code: 'conflict' })
    const run = await findRun(other, plan.id)
    expect((await status(other, ({ plan: { id } }) => id === plan.id)).runs[0]?.steps).toMatchObject([
      { state: 'applied' },
      { state: 'applied' },
    ])
    await expect(resumeRun(other, run, 'finish', { takeOver: true })).rejects.toMatchObject({ code: 'usage' })
    expect((await undoRun(other, run, { takeOver: true })).state).toBe('undone')
    expect(await labels()).toEqual({ app: 'web' })
    expect(await recordOf(plan)).toBeUndefined()
  })

  test('what was never begun is undone with its record, and has not failed', async () => {
    const { engine, namespace, plan } = await quarantine()
    const { metadata } = { metadata: { name: objectName(plan.id) } }
    const taken = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: { podSelector: {} } }
    await createObject(cluster, `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`, taken)
    expect((await applyPlan(engine, plan)).state).toBe('failed')
    expect((await undoRun(engine, await findRun(engine, plan.id))).state).toBe('undone')
    expect(await recordOf(plan)).toBeUndefined()
    expect(await getObject(cluster, policyPath(namespace, objectName(plan.id)))).toBeDefined()
  })

  test('what was sent and then could not be seen is unsettled, whatever refuses the look', async () => {
    const { engine, plan, labels } = await quarantine()
    let isSent = false
    const blind = failing(
      engine,
      ({ method = 'GET', path }) => {
        const isPod = path.replace(/\?.*/, '').endsWith('/pods/web')
        const wasSent = isSent
        if (method === 'PATCH' && isPod) isSent = true
        return wasSent && method === 'GET' && isPod
      },
      new SecureError('forbidden', 'the token has expired'),
    )
    expect((await applyPlan(blind, plan)).steps[1]).toMatchObject({ state: 'unsettled' })
    const [told] = (await status(engine, ({ plan: { id } }) => id === plan.id)).runs
    expect(told).toMatchObject({ drift: [], steps: [{}, { why: expect.stringContaining('now it is in force') }] })
    expect(await resumeRun(engine, await findRun(engine, plan.id), 'finish')).toMatchObject({ state: 'applied' })
    await undoRun(engine, await findRun(engine, plan.id))
    expect(await labels()).toEqual({ app: 'web' })
  })

  test('Ctrl-C in the middle of an undo is not the end of it, and resume --finish goes on undoing', async () => {
    const { engine, plan, labels } = await quarantine()
    await applyPlan(engine, plan)
    const interrupted = failing(
      engine,
      ({ method = 'GET', path }) => method === 'GET' && path.includes('/networkpolicies/'),
      new SecureError('interrupted', 'Ctrl-C'),
    )
    await expect(undoRun(interrupted, await findRun(engine, plan.id))).rejects.toMatchObject({ code: 'interrupted' })
    expect((await status(engine, ({ plan: { id } }) => id === plan.id)).runs).toMatchObject([{ state: 'unfinished' }])
    expect((await resumeRun(engine, await findRun(engine, plan.id), 'finish')).state).toBe('undone')
    expect(await labels()).toEqual({ app: 'web' })
  })

  test('a journal that ended in its first line is in the way of nothing', async () => {
    const { engine, plan } = await quarantine()
    await (await startRun(engine, plan)).close()
    const directory = join(engine.stateDir, engine.clusterId)
    for (const torn of ['', '{"seq":1,"at":"2026']) {
      writeFileSync(join(directory, `${plan.id}.jsonl`), torn)
      expect((await knownRuns(engine)).gaps).toMatchObject([{ why: expect.stringContaining('nothing was sent') }])
      expect((await applyPlan(engine, plan)).state).toBe('applied')
      expect((await undoRun(engine, await findRun(engine, plan.id))).state).toBe('undone')
    }
    expect(readdirSync(directory).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  test('a plan that was never begun is no run of this cluster, nor said to be of another', async () => {
    const { engine, plan } = await quarantine()
    const journalIn = (clusterId: string) => {
      mkdirSync(join(engine.stateDir, clusterId), { recursive: true, mode: 0o700 })
      writeFileSync(join(engine.stateDir, clusterId, `${plan.id}.jsonl`), '', { mode: 0o600 })
    }
    journalIn(engine.clusterId)
    await expect(findRun(engine, plan.id)).rejects.toMatchObject({
      message: `there is no run "${plan.id}" on this cluster`,
      hint: expect.stringContaining('nothing was sent by it'),
    })
    journalIn('elsewhere')
    await expect(findRun(engine, plan.id)).rejects.toMatchObject({
      message: expect.stringContaining('is of another cluster (elsewhere)'),
    })
  })

  test('with a damaged journal the file is moved aside, as the hint says, and the record undoes it', async () => {
    const { engine, plan, labels } = await quarantine()
    await applyPlan(engine, plan)
    const path = join(engine.stateDir, engine.clusterId, `${plan.id}.jsonl`)
    writeFileSync(path, '{"seq":99}\n', { flag: 'a' })
    await expect(undoRun(engine, await findRun(engine, plan.id))).rejects.toMatchObject({
      code: 'journal',
      hint: expect.stringContaining('another name'),
    })
    renameSync(path, `${path}.damaged`)
    expect((await undoRun(engine, await findRun(engine, plan.id))).state).toBe('undone')
    expect(await labels()).toEqual({ app: 'web' })
  })

  test('of a run that only its record knows nothing is said to have been taken back that was never made', async () => {
    const { engine, plan } = await quarantine()
    await (await startRun(engine, plan)).close()
    rmSync(engine.stateDir, { recursive: true })
    const [told] = (await status(engine, ({ plan: { id } }) => id === plan.id)).runs
    expect(told?.drift).toHaveLength(2)
    for (const drift of told?.drift ?? []) expect(drift).toContain('never made, or somebody took it back')
  })

  test('a workload that is scaled to nothing comes back: the server leaves the 0 out', async () => {
    const { engine, namespace } = await quarantine()
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`
    const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'app', image: 'x' }] } }
    const made = await createObject(cluster, path, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'x' } }, template },
    })
    const plan = planOf(engine, (): Change[] => [
      { id: 'scale', do: 'scale', why: 'ends it', ref: refOf(made, 'deployments'), before: 2, after: 0 },
    ])
    const replicas = async () => ((await read(cluster, `${path}/x`))['spec'] as { replicas: number }).replicas
    expect([(await applyPlan(engine, plan)).state, await replicas()]).toEqual(['applied', 0])
    expect((await undoRun(engine, await findRun(engine, plan.id))).state).toBe('undone')
    expect(await replicas()).toBe(2)
  })

  test('what somebody else changed while it was down stays, is reported, and the rest is given back', async () => {
    const { engine, plan, namespace, labels } = await quarantine()
    await applyPlan(engine, plan)
    await patchObject(cluster, `/api/v1/namespaces/${namespace}/pods/web`, [
      { op: 'add', path: '/metadata/labels/app', value: 'theirs' },
    ])
    const report = await resumeRun(engine, await findRun(engine, plan.id), 'undo')
    expect(report).toMatchObject({
      state: 'partly-undone',
      steps: [{}, { left: [{ how: 'foreign', found: 'theirs' }] }],
    })
    expect(await labels()).toEqual({ app: 'theirs' })
  })
})
