import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { SecureError } from '../../../src/errors.ts'
import { createObject, patchObject } from '../../../src/cluster/write.ts'
import { readYaml } from '../../../src/snapshot/yaml.ts'
import { applyEdits, editsWithin } from '../../../src/workload/pod-security/edit.ts'
import { evaluatePod } from '../../../src/workload/pod-security/evaluate.ts'
import { jsonPatch } from '../../../src/workload/pod-security/json-patch.ts'
import { strategicMerge } from '../../../src/workload/pod-security/strategic-merge.ts'
import { templatesOf } from '../../../src/workload/pod-security/templates.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { arbitraryPod } from '../../unit/workload/pod-security/arbitrary-pod.ts'
import { openStage } from './pod-security-stage.ts'

type Object = { [key: string]: unknown }
const collection = '/apis/apps/v1/namespaces/patched/deployments'

describeWithCluster('control-plane', 'patches that fix pods', (cluster) => {
  test('the API server and kustomize carry them out as they are meant', async () => {
    const { api, namespace } = await openStage(cluster())
    await namespace('patched', {})
    const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-kustomize-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const wanted = new Map<string, Object>()
    for (const [index, pod] of fc.sample(arbitraryPod, { numRuns: 60, seed: 5 }).entries()) {
      const name = `d${index}`
      const labels = { app: name }
      const template = { ...pod, metadata: { ...pod.metadata, labels } }
      const written = { metadata: { name }, spec: { replicas: 0, selector: { matchLabels: labels }, template } }
      const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', ...written }
      const made = await createObject(api, collection, deployment).catch((error: SecureError) => error.code)
      if (made === 'invalid') continue
      if (typeof made === 'string') throw new Error(made)

      const level = index % 2 === 0 ? 'baseline' : 'restricted'
      const violationsIn = (object: Object) =>
        templatesOf(object).flatMap(({ pod }) => evaluatePod(level, 'v1.34', pod))
      const fixing = (object: Object) => {
        const [found] = templatesOf(object)
        return editsWithin(
          found?.prefix ?? [],
          violationsIn(object).flatMap(({ fix }) => fix?.edits ?? []),
        )
      }
      const stored: Object = made
      const edits = fixing(stored)
      if (edits.length === 0) continue
      const path = `${collection}/${name}`
      const byOps = await patchObject(api, path, jsonPatch(stored, edits), { dryRun: true })
      const headers = { 'content-type': 'application/strategic-merge-patch+json' }
      const body = strategicMerge(stored, edits)
      const byMerge = await api.json<Object>({ method: 'PATCH', path: `${path}?dryRun=All`, body, headers })
      expect(portsSorted(byOps['spec'])).toEqual(portsSorted(byMerge['spec']))
      expect(violationsIn(byOps)).toEqual([])

      // kustomize works on what was written, which the API server has not filled up.
      const own = fixing(deployment)
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'object.json'), JSON.stringify(deployment))
      writeFileSync(join(folder, name, 'patch.json'), JSON.stringify(strategicMerge(deployment, own)))
      const kustomization = { resources: ['object.json'], patches: [{ path: 'patch.json' }] }
      writeFileSync(join(folder, name, 'kustomization.yaml'), JSON.stringify(kustomization))
      wanted.set(name, applyEdits(deployment, own))
    }
    expect(wanted.size).toBeGreaterThan(30)
    writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: [...wanted.keys()] }))
    const { code, stdout, stderr } = await cluster().exec(['kubectl', 'kustomize', folder])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const objects = readYaml(stdout).map(({ value }) => value as Object)
    const got = new Map(objects.map((object) => [(object['metadata'] as { name: string }).name, object]))
    for (const [name, object] of wanted) expect(portsSorted(got.get(name))).toEqual(portsSorted(object))
    expect(got.size).toBe(wanted.size)
  })
})

// Ports of one number (53 of TCP and UDP) come out of a merge in another order, which means nothing.
function portsSorted(value: unknown): unknown {
  const text = JSON.stringify(value, (key, inner: unknown) =>
    key === 'ports' && Array.isArray(inner) ? inner.map((port) => JSON.stringify(port)).sort() : inner,
  )
  return JSON.parse(text)
}
