import type { Engine } from '../change/engine.ts'
import { knownRuns } from '../change/find-run.ts'
import type { Plan } from '../change/plan.ts'
import { statusOf } from '../change/status.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { objectPath } from '../cluster/object-path.ts'
import { getObject } from '../cluster/write.ts'
import { isForbidden } from '../errors.ts'
import { metaOf } from '../isolation/raw.ts'
import { liveOrigin } from '../snapshot/origin.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { LockdownScene } from './model.ts'
import { type Opened, openedIn } from './opened.ts'
import { type Promised, promisedIn } from './promise.ts'
import { readScenes } from './read.ts'
import { isStanding, lockdownStatus, type LockdownStatusReport, namespacesOf } from './status.ts'

/**
 * Which namespaces are closed, by which lockdowns, and whether they still are: what the runs wrote is looked at, and what others have opened.
 * Writes nothing. Throws SecureError where the cluster does not answer; what may not be read is a gap.
 */
export async function lookAtLockdowns(engine: Engine, wanted: readonly string[]): Promise<LockdownStatusReport> {
  const known = await knownRuns(engine)
  const runs = known.runs.filter(({ plan }) => plan.command[0] === 'lockdown')
  const report = await statusOf(engine, { runs, gaps: known.gaps })
  const plans = new Map(runs.map(({ plan }) => [plan.id, plan]))
  const promises = new Map(runs.map(({ plan }) => [plan.id, promisedIn(plan.request)]))
  const gaps: Gap[] = []
  const standing = report.runs.filter(isStanding).flatMap((run): Standing[] => {
    const [plan, promised] = [plans.get(run.plan), promises.get(run.plan)]
    // What was taken back closes nothing.
    const isOver = run.state === 'undone' || run.state === 'partly-undone'
    const namespaces = namespacesOf(run, promised).filter((name) => wanted.length === 0 || wanted.includes(name))
    if (!plan || isOver || namespaces.length === 0) return []
    if (promised) return [{ plan, promised, namespaces }]
    const why = 'its plan does not keep what it was to leave, or not in a way that can be read'
    gaps.push({ what: `plan ${run.plan}`, why, hides: 'what others have opened since' })
    return []
  })
  const scenes = await scenesOf(engine, standing)
  const opened = new Map<string, Opened[]>()
  for (const { plan, promised, namespaces } of standing) {
    for (const namespace of namespaces) {
      const scene = scenes.get(namespace)
      const own = promised.namespaces.find((one) => one.namespace === namespace)
      if (!scene || !own) continue
      const found = openedIn(scene, plan, promised, own)
      opened.set(keyOf(plan.id, namespace), found.open)
      gaps.push(...found.gaps)
    }
  }
  return lockdownStatus(report, wanted, {
    promised: (plan) => promises.get(plan),
    opened: (plan, namespace) => opened.get(keyOf(plan, namespace)) ?? [],
    gaps,
  })
}

/** A run that is in force, and its namespaces that are asked about. */
type Standing = { plan: Plan; promised: Promised; namespaces: string[] }

const keyOf = (plan: string, namespace: string): string => JSON.stringify([plan, namespace])

/** As lockdowns are planned from, without what declares connections. Of a namespace that is gone there is none: that is drift. */
async function scenesOf({ cluster }: Engine, standing: readonly Standing[]): Promise<Map<string, LockdownScene>> {
  const names = [...new Set(standing.flatMap(({ namespaces }) => namespaces))].toSorted()
  const there = await inParallel(names, async (name) => {
    try {
      return (await getObject(cluster, objectPath({ apiVersion: 'v1', resource: 'namespaces', name }))) ? [name] : []
    } catch (error) {
      if (!isForbidden(error)) throw error
      return [name]
    }
  })
  const found = there.flat()
  if (found.length === 0) return new Map()
  const bindings = standing.some(({ promised: { level, parts } }) => level === 'quarantine' && parts.includes('rbac'))
  const scenes = await readScenes(
    liveOrigin(cluster, () => {}),
    found,
    { bindings, declaring: false },
  )
  return new Map(scenes.map((scene) => [metaOf(scene.namespace).name, scene]))
}
