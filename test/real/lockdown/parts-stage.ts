import { expect, onTestFinished, vi } from 'vitest'
import { findRun } from '../../../src/change/find-run.ts'
import type { Change, Plan } from '../../../src/change/plan.ts'
import { applyPlan, undoRun } from '../../../src/change/runs.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { type ApiObject, createObject, getObject } from '../../../src/cluster/write.ts'
import { SecureError } from '../../../src/errors.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { LockdownScene } from '../../../src/lockdown/model.ts'
import { readScenes } from '../../../src/lockdown/read.ts'
import { liveOrigin } from '../../../src/snapshot/origin.ts'
import { type Bench, engineOn, essence, newNamespace, planOf, read } from '../change/harness.ts'

export const rbacPath = '/apis/rbac.authorization.k8s.io/v1'

export type PartsStage = {
  namespace: string
  base: string
  engine: Bench
  make(path: string, body: object): Promise<ApiObject>
  scene(): Promise<LockdownScene>
  /** Applies changes, checks that all were made, and gives the way back, which checks that every object is as it was. */
  apply(changes: (ids: { planId: string; names: 'unguessable' }) => Change[]): Promise<() => Promise<void>>
}

/** A namespace of its own whose default service account is there, so that pods can be made. */
export async function partsStage(cluster: Cluster): Promise<PartsStage> {
  const namespace = await newNamespace(cluster)
  const engine = await engineOn(cluster)
  const base = `/api/v1/namespaces/${namespace}`
  await vi.waitFor(async () => await read(cluster, `${base}/serviceaccounts/default`), 10_000)
  return {
    namespace,
    base,
    engine,
    make: async (path, body) => await createObject(cluster, path, body),
    scene: async () => await sceneIn(cluster, namespace),
    apply: async (changes) =>
      await applied(
        engine,
        planOf(engine, (planId) => changes({ planId, names: 'unguessable' })),
      ),
  }
}

async function applied(engine: Bench, plan: Plan): Promise<() => Promise<void>> {
  const { cluster } = engine
  const paths = plan.changes.filter(({ do: how }) => how === 'patch').map(pathOf)
  const before = await Promise.all(paths.map(async (path) => essence(await read(cluster, path))))
  const report = await applyPlan(engine, plan)
  if (report.state !== 'applied') throw new Error(JSON.stringify(report.steps))
  const undo = async () => {
    const undone = await undoRun(engine, await findRun(engine, plan.id))
    if (undone.state !== 'undone') throw new Error(JSON.stringify(undone.steps))
    const after = await Promise.all(paths.map(async (path) => essence(await read(cluster, path))))
    if (JSON.stringify(after.map(sorted)) !== JSON.stringify(before.map(sorted))) {
      throw new Error(`not as before: ${JSON.stringify(after)} instead of ${JSON.stringify(before)}`)
    }
    for (const change of plan.changes) {
      if (change.do === 'create') expect(await getObject(cluster, pathOf(change))).toBeUndefined()
    }
  }
  onTestFinished(async () => await undo().catch(() => {}))
  return undo
}

// Subjects come back at the end of their binding: their order means nothing.
function sorted(object: unknown): unknown {
  const { subjects, ...rest } = object as { subjects?: unknown[] }
  return { ...rest, subjects: (subjects ?? []).map((one) => JSON.stringify(one)).sort() }
}

function pathOf({ ref: { apiVersion, resource, namespace, name } }: Change): string {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${resource}/${name}`
}

async function sceneIn(cluster: Cluster, namespace: string): Promise<LockdownScene> {
  const [scene] = await readScenes(
    liveOrigin(cluster, () => {}),
    [namespace],
  )
  if (!scene) throw new Error('no scene')
  const list = async (kind: string) => {
    const path = `${rbacPath}/${kind.toLowerCase()}s`
    const { items } = await cluster.json<{ items: Raw[] }>({ path })
    return items.map((raw): Raw => ({ ...raw, apiVersion: 'rbac.authorization.k8s.io/v1', kind }))
  }
  const bindings = [...(await list('RoleBinding')), ...(await list('ClusterRoleBinding'))]
  return { ...scene, bindings, tokenSecrets: [] }
}

/** What the server says to a pod: nothing where it would make it. */
export async function refusalOfPod(cluster: Cluster, namespace: string, pod: object): Promise<string | undefined> {
  try {
    await createObject(cluster, `/api/v1/namespaces/${namespace}/pods`, pod, { dryRun: true })
    return undefined
  } catch (error) {
    if (error instanceof SecureError) return error.message
    throw error
  }
}
