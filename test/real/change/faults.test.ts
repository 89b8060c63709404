import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { findRun } from '../../../src/change/find-run.ts'
import { objectName, quarantineLabel } from '../../../src/change/plan.ts'
import { preflight } from '../../../src/change/preflight.ts'
import { applyPlan, resumeRun, undoRun } from '../../../src/change/runs.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import { getObject } from '../../../src/cluster/write.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Fault, type FaultProxy, faultProxy } from '../../unit/cluster/fault-proxy.ts'
import {
  connectTo,
  engineOn,
  essence,
  newNamespace,
  newPod,
  planOf,
  quarantineChanges,
  policyPath,
  read,
} from './harness.ts'

const faults: Record<string, Fault> = {
  'too many requests': { answer: 429, retryAfter: 0 },
  'an error of the server': { answer: 500 },
  'a server that is not ready': { answer: 503 },
  'a conflict': { answer: 409 },
  'a reset before the server had it': { reset: 'before' },
  'a reset after the server had done it': { reset: 'after' },
  'an answer cut short': { cut: true },
  'silence before the server had it': { silence: 'before' },
  'silence after the server had done it': { silence: 'after' },
}

describeWithCluster('control-plane', 'API faults', (running) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })

  /** Applies and undoes a quarantine through a proxy that spoils the first requests of these methods on the objects themselves. */
  async function through(
    fault: Fault,
    methods: string[],
    times: number,
    work: (bench: Awaited<ReturnType<typeof set>>) => Promise<void>,
  ) {
    const namespace = await newNamespace(cluster)
    const proxy = await faultProxy(running().kubeconfig, (method, path, n) =>
      methods.includes(method) && path.includes(`/namespaces/${namespace}/`) && n <= times ? fault : undefined,
    )
    const bench = await set(namespace, proxy)
    await work(bench).finally(async () => {
      bench.engine.cluster.close()
      await proxy.close()
    })
  }

  async function set(namespace: string, proxy: FaultProxy) {
    const pod = await newPod(cluster, namespace, { app: 'web' })
    const own = await engineOn(cluster)
    const file = join(own.stateDir, 'kubeconfig')
    writeFileSync(file, proxy.kubeconfig(), { mode: 0o600 })
    const faulty = await connect(
      { kubeconfig: file, requestTimeout: '1s' },
      { env: {}, cwd: '/', home: '/nonexistent', warn: () => {}, interactive: false },
    )
    const engine = await engineOn(faulty, own.stateDir)
    const plan = planOf(engine, quarantineChanges(namespace, pod))
    const objects = (kind: string) =>
      proxy.carriedOut().filter(({ method, path }) => method === kind && path.includes(`/namespaces/${namespace}/`))
    return { engine, own, plan, pod, namespace, objects }
  }

  it.for(Object.keys(faults))(
    'with %s, twice on every write: nothing is lost and nothing done twice',
    { timeout: 120_000 },
    async (name) => {
      await through(
        faults[name] as Fault,
        ['POST', 'PATCH', 'DELETE'],
        2,
        async ({ engine, plan, pod, namespace, objects }) => {
          expect(await applyPlan(engine, plan)).toMatchObject({
            state: 'applied',
            steps: [{ state: 'applied' }, { state: 'applied' }],
          })
          expect((await read(cluster, `/api/v1/namespaces/${namespace}/pods/web`)).metadata['labels']).toEqual({
            [quarantineLabel(plan.id)]: 'true',
          })
          expect([objects('POST').length, objects('PATCH').length]).toEqual([1, 1])

          expect(await undoRun(engine, await findRun(engine, plan.id))).toMatchObject({ state: 'undone' })
          expect(essence(await read(cluster, `/api/v1/namespaces/${namespace}/pods/web`))).toEqual(essence(pod))
          expect(await getObject(cluster, policyPath(namespace, objectName(plan.id)))).toBeUndefined()
          expect([objects('POST').length, objects('PATCH').length, objects('DELETE').length]).toEqual([1, 2, 1])
        },
      )
    },
  )

  it.for(Object.keys(faults).filter((name) => /cut short|reset before|silence after/.test(name)))(
    'with %s on every read: what cannot be settled is said, and resume settles it',
    { timeout: 120_000 },
    async (name) => {
      await through(faults[name] as Fault, ['GET'], 1000, async ({ engine, own, plan, pod, namespace }) => {
        const report = await applyPlan(engine, plan)
        expect(['failed', 'unfinished', 'stopped']).toContain(report.state)
        expect(report.steps.map(({ state }) => state)).not.toContain('applied')
        // The network is well again.
        expect(await resumeRun(own, await findRun(own, plan.id), 'finish')).toMatchObject({ state: 'applied' })
        await undoRun(own, await findRun(own, plan.id))
        expect(essence(await read(cluster, `/api/v1/namespaces/${namespace}/pods/web`))).toEqual(essence(pod))
        expect(await getObject(cluster, policyPath(namespace, objectName(plan.id)))).toBeUndefined()
      })
    },
  )

  it('a rehearsal that somebody else was faster than is made again, and is no drift', async () => {
    await through({ answer: 409 }, ['PATCH'], 2, async ({ engine, plan }) => {
      expect(await preflight(engine, plan)).toMatchObject({ ready: true, drift: [], refusals: [] })
    })
  })
})
