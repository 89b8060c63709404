import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { preview } from '../../../src/change/preview.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { createObject, patchObject } from '../../../src/cluster/write.ts'
import { listAt, metaOf, type Raw, recordAt, specOf } from '../../../src/isolation/raw.ts'
import { patchFiles, type PatchFile } from '../../../src/lockdown/pod-patches.ts'
import { planPods } from '../../../src/lockdown/pods.ts'
import { disagreementNotes } from '../../../src/lockdown/pods-warnings.ts'
import { planTokens } from '../../../src/lockdown/tokens.ts'
import { readYaml } from '../../../src/snapshot/yaml.ts'
import { evaluatePod } from '../../../src/workload/pod-security/evaluate.ts'
import { templatesOf } from '../../../src/workload/pod-security/templates.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { optionsOf } from '../../unit/lockdown/options.ts'
import { connectTo, planOf } from '../change/harness.ts'
import { deploymentOf, podOf, tight, tightContainer } from './parts-objects.ts'
import { partsStage, refusalOfPod } from './parts-stage.ts'

describeWithCluster('control-plane', 'the pods and the tokens of a lockdown', (running) => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    return () => cluster.close()
  })

  test('pods: what is said to be refused is refused, nothing else is, and the patches help', async () => {
    const { namespace, base, make, scene, apply, engine } = await partsStage(cluster)
    const apps = `/apis/apps/v1/namespaces/${namespace}`
    await make(`${apps}/deployments`, deploymentOf('good', { spec: tight, replicas: 1 }))
    await make(`${apps}/deployments`, deploymentOf('bad', { spec: {}, replicas: 1 }))
    await make(`${apps}/deployments`, deploymentOf('sleeping', { spec: { hostNetwork: true }, replicas: 0 }))
    await make(`/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', ...specOf(podOf({})) } } } },
      },
    })
    const pods = async () => (await cluster.json<{ items: Raw[] }>({ path: `${base}/pods` })).items
    await vi.waitFor(async () => expect(await pods()).toHaveLength(2), 10_000)

    const seen = await scene()
    const plan = planPods(seen, optionsOf())
    expect(
      plan.breaks
        .filter(({ what }) => what === 'rollout')
        .map(({ of }) => of.name)
        .sort(),
    ).toEqual(['bad', 'nightly', 'sleeping'])
    const [rehearsed] = await preview(
      engine,
      planOf(engine, () => plan.changes),
    )
    expect(rehearsed?.warnings).toHaveLength(2)
    expect(disagreementNotes(seen, plan, rehearsed?.warnings ?? [])).toEqual([])
    expect(disagreementNotes(seen, plan, [])).toHaveLength(1)

    const undo = await apply(() => plan.changes)
    const asked = async (spec: object) => await refusalOfPod(cluster, namespace, podOf(spec))
    for (const raw of seen.workloads) {
      const spec = recordAt(recordAt(specOf(raw), 'template'), 'spec')
      if (raw['kind'] !== 'Deployment') continue
      const isBroken = plan.breaks.some(({ of }) => of.name === metaOf(raw).name)
      expect((await asked(spec))?.includes('violates PodSecurity'), metaOf(raw).name).toBe(isBroken ? true : undefined)
    }
    for (const pod of await pods()) {
      const ops = [{ op: 'add' as const, path: '/spec/ephemeralContainers', value: [{ name: 'debug', image: 'x' }] }]
      const path = `${base}/pods/${metaOf(pod).name}/ephemeralcontainers`
      await expect(patchObject(cluster, path, ops, { dryRun: true })).rejects.toThrow('violates PodSecurity')
      const own = [
        { op: 'add' as const, path: '/spec/ephemeralContainers', value: [{ name: 'debug', ...tightContainer }] },
      ]
      const isFit = patchObject(cluster, path, own, { dryRun: true })
      if (metaOf(pod).name.startsWith('good')) await isFit
      else await expect(isFit).rejects.toThrow('violates PodSecurity')
    }
    const files = patchFiles(namespace, plan.judged)
    for (const name of ['bad', 'sleeping']) {
      const text = files.find(({ path }) => path.endsWith(`/deployment-${name}.json`))?.text ?? ''
      const fixed = await patchObject(cluster, `${apps}/deployments/${name}`, JSON.parse(text) as [])
      expect(await asked(recordAt(recordAt(specOf(fixed), 'template'), 'spec')), name).toBeUndefined()
    }
    await kustomized(
      files,
      seen.workloads.filter(({ kind }) => kind === 'Deployment' || kind === 'CronJob'),
    )
    await undo()
    expect(await asked({})).toBeUndefined()
  })

  /** That kustomize makes of the workloads, by the Component in the files, what passes. */
  async function kustomized(files: readonly PatchFile[], workloads: readonly Raw[]): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-kustomize-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const [component = ''] = files.map(({ path }) => dirname(path))
    const resources = workloads.map((raw, index) => {
      writeFileSync(join(folder, `${index}.json`), JSON.stringify(raw))
      return `${index}.json`
    })
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources, components: [component] }))
    const { code, stdout, stderr } = await running().exec(['kubectl', 'kustomize', folder])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const objects = readYaml(stdout).map(({ value }) => value as Raw)
    expect(objects).toHaveLength(workloads.length)
    const left = objects.flatMap(templatesOf).flatMap(({ pod }) => evaluatePod('restricted', 'v1.34', pod))
    expect(left).toEqual([])
  }

  test('tokens: new pods get none, but those that ask for it', async () => {
    const { namespace, base, make, scene, apply } = await partsStage(cluster)
    const mounted = async (spec: object) => {
      const made = await createObject(cluster, `${base}/pods`, podOf(spec), { dryRun: true })
      return listAt(specOf(made), 'volumes').some((volume) => String(volume['name']).startsWith('kube-api-access-'))
    }
    await make(
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      deploymentOf('caller', { spec: {}, replicas: 0, env: 'https://kubernetes.default.svc' }),
    )
    await make(
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      deploymentOf('asks', { spec: { automountServiceAccountToken: true }, replicas: 0 }),
    )
    await make(`/apis/apps/v1/namespaces/${namespace}/deployments`, deploymentOf('quiet', { spec: {}, replicas: 0 }))
    const seen = await scene()
    expect(await mounted({})).toBe(true)
    const undo = await apply((ids) => planTokens(seen, optionsOf(), ids).changes)
    // Admission looks accounts up in a copy of its own, which follows a moment later.
    await vi.waitFor(async () => expect(await mounted({})).toBe(false), 10_000)
    const { breaks, loses } = planTokens(seen, optionsOf(), { planId: 'x', names: 'unguessable' })
    expect(breaks.map(({ of }) => of.name)).toEqual(['caller'])
    for (const raw of seen.workloads.filter(({ kind }) => kind === 'Deployment')) {
      const spec = recordAt(recordAt(specOf(raw), 'template'), 'spec')
      const isLost = loses.some(({ of }) => of.name === metaOf(raw).name)
      expect(await mounted(spec), metaOf(raw).name).toBe(!isLost)
    }
    await undo()
    await vi.waitFor(async () => expect(await mounted({})).toBe(true), 10_000)
  })
})
