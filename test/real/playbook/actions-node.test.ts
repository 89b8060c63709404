import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { startRun } from '../../../src/change/active-run.ts'
import { findRun } from '../../../src/change/find-run.ts'
import { newPlanId } from '../../../src/change/id.ts'
import { undoRun } from '../../../src/change/runs.ts'
import { rightsOf } from '../../../src/change/rights.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { getterOf, kinds } from '../../../src/isolation/get.ts'
import { releaseFirst } from '../../../src/isolation/release.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { pinnedOf } from '../../../src/playbook/actions/targets.ts'
import type {
  ActionContext,
  Args,
  ChangeAction,
  EvidenceAction,
  Outputs,
  Pinned,
  QuestionAction,
} from '../../../src/playbook/model.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Bench, connectTo, engineOn } from '../change/harness.ts'
import { apply, image, namespace, podOf, ready } from '../isolation/stage.ts'
import { announces } from './announces.ts'

describeWithCluster('node', 'the actions of playbooks on pods that run', (running) => {
  let cluster: Cluster
  let bench: Bench
  let context: ActionContext
  let pod: Pinned

  const asArgs = (args: object): Args => args as Args
  const change = (name: string) => actions[name] as ChangeAction
  const evidence = actions['evidence.collect'] as EvidenceAction
  const ask = async (name: string, args: object): Promise<Outputs> =>
    await (actions[name] as QuestionAction).ask(context, asArgs(args))
  const pinOf = async (name: string) => pinnedOf(await getterOf(cluster, []).one(kinds.pods, 'shop', name))
  const undo = async (planId: string) => {
    const run = await findRun(bench, planId)
    const report = await undoRun(bench, run, { first: releaseFirst(bench, run, image) })
    expect(report.state, JSON.stringify(report.steps)).toBe('undone')
  }

  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    bench = await engineOn(cluster)
    context = {
      engine: bench,
      folder: mkdtempSync(join(tmpdir(), 'ks-run-')),
      runId: newPlanId(),
      probeImage: image,
      say: () => {},
    }
    await apply(running(), namespace('shop'), podOf('shop', 'web'), podOf('shop', 'client'))
    await ready(running(), 'shop', 'web', 'client')
    pod = await pinOf('web')
  }, 60_000)

  it('takes evidence that covers a pod, cuts it off, and lets it back', async () => {
    const client = await pinOf('client')
    const taken = await evidence.collect(context, asArgs({ target: [pod, client] }))
    expect(taken, JSON.stringify(taken.outputs['gaps'])).toMatchObject({ covers: [pod, client], complete: true })
    expect(taken.outputs).toMatchObject({ pods: [pod, client], missing: [], digest: taken.digest, file: taken.file })
    expect(await ask('reach', { from: client, to: pod, port: '8080/tcp' })).toMatchObject({ verdict: 'allowed' })
    const planned = await change('isolate').plan(context, asArgs({ target: pod, sever: true }))
    if (!planned) throw new Error('nothing to isolate')
    const announced = change('isolate').rights(asArgs({ target: pod, sever: true }), bench.stateNamespace)
    expect(rightsOf(planned.plan, bench.stateNamespace).filter((one) => !announces(announced, one.attributes))).toEqual(
      [],
    )
    expect(planned.outputs).toMatchObject({ verdict: null, pods: [pod] })
    const { state, outputs } = await planned.apply()
    expect({ state, outputs }, JSON.stringify(outputs['reasons'])).toMatchObject({
      state: 'applied',
      outputs: { verdict: 'ISOLATED', isolated: true, enforced: true, severed: true, pods: [pod], reasons: [] },
    })
    const plan = planned.plan.id
    expect(await ask('isolation.status', { plan })).toMatchObject({ inForce: true, drift: [] })
    expect(await ask('reach', { from: client, to: pod, port: '8080/tcp' })).toMatchObject({ verdict: 'denied' })
    // The run came to its end, and the one that ran it did not: its words are in its journal.
    const again = await change('isolate').resume(context, plan)
    expect(again).toMatchObject({
      state: 'applied',
      outputs: { verdict: 'ISOLATED', severed: true, pods: [pod], plan },
    })
    await undo(plan)
    expect(await ask('isolation.status', { plan })).toMatchObject({ inForce: false })
  }, 120_000)

  it('goes on with a cut that was begun, and sees by itself what became of connections', async () => {
    const planned = await change('isolate').plan(context, asArgs({ target: pod, sever: true }))
    if (!planned) throw new Error('nothing to isolate')
    await (await startRun(bench, planned.plan)).close()
    const { state, outputs } = await change('isolate').resume(context, planned.plan.id)
    expect({ state, outputs }).toMatchObject({
      state: 'applied',
      outputs: { verdict: 'UNKNOWN', severed: true, pods: [pod] },
    })
    expect(await ask('isolation.status', { pod })).toMatchObject({ inForce: true })
    await undo(planned.plan.id)
  }, 120_000)

  it('locks a namespace down and proves it', async () => {
    const planned = await change('lockdown').plan(context, asArgs({ namespace: 'shop', only: ['network'] }))
    if (!planned) throw new Error('nothing to close')
    const { outputs } = await planned.apply()
    expect(outputs, JSON.stringify(outputs['reasons'])).toMatchObject({ verdict: 'ENFORCED', enforced: true })
    expect(await ask('lockdown.status', { namespace: 'shop' })).toMatchObject({ inForce: true, closed: 'yes' })
    expect(await change('lockdown').resume(context, planned.plan.id)).toMatchObject({
      outputs: { verdict: 'ENFORCED' },
    })
    await undo(planned.plan.id)
  }, 120_000)

  it('deletes the pod: what it destroys is what evidence has to cover', async () => {
    const planned = await change('pod.delete').plan(context, asArgs({ target: pod }))
    expect(planned?.destroys).toEqual([pod])
    await planned?.apply()
    await expect.poll(() => ask('pods.gone', { pods: pod }), { timeout: 30_000 }).toMatchObject({ gone: true })
    expect(await ask('token.dead', { pod })).toMatchObject({ dead: true, bound: 'refused' })
  }, 60_000)
})
