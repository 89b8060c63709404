import type { Gate } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { Run } from '../change/find-run.ts'
import { objectName, type PatchChange, type Plan } from '../change/plan.ts'
import type { RunReport } from '../change/reports.ts'
import { type ApplyOptions, resumeRun, type UndoOptions } from '../change/runs.ts'
import { networkObjectsFromCluster } from '../snapshot/network-objects.ts'
import type { Canaries } from './canary.ts'
import { expectedOf } from './expected.ts'
import { objectsBefore, readingOf } from './facts.ts'
import { areReleased } from './gate-checks.ts'
import { runProbe } from './probe.ts'
import { gates } from './scene.ts'
import { recordAt, textAt } from './raw.ts'

/**
 * Goes on with an isolation that was cut off, to the end of its plan; its checks are made anew, with canaries made anew. No
 * verdict comes of it: what was seen before the cut is not known any more. Throws SecureError as resumeRun does.
 */
export async function finishIsolation(
  engine: Engine,
  run: Run,
  options: Omit<ApplyOptions, 'gates'> & UndoOptions = {},
): Promise<RunReport> {
  return await resumeRun(engine, run, 'finish', { ...options, gates: gatesOf(engine, run.plan) })
}

/** The checks that an isolation's plan asks for, from the plan alone. */
export function gatesOf({ cluster }: Pick<Engine, 'cluster'>, plan: Plan): Record<string, Gate> {
  return {
    [gates.enforced]: async () => {
      const network = await networkObjectsFromCluster(cluster, () => {})
      const objects = objectsBefore({ plan, scene: { pods: [] } }, { network })
      const probes = canariesOf(plan).map(async (canaries) => {
        const expects = expectedOf(objects, plan.changes, canaries, readingOf({ network }))
        return await runProbe(cluster, { canaries, expects })
      })
      const found = await Promise.all(probes)
      const bad = found.find(({ result }) => result !== 'enforced')
      if (bad) return { ok: false, why: bad.why }
      return found.length > 0
        ? { ok: true, why: 'the twins are cut off' }
        : { ok: false, why: 'the plan has no canaries to see it by' }
    },
    [gates.released]: async () => await areReleased(cluster, detachedBy(plan)),
  }
}

/** The canaries of each pod, by the names that canary.ts gives them. */
function canariesOf({ id, changes }: Plan): Canaries[] {
  const prefix = objectName(id, 'twin')
  return changes.flatMap((change): Canaries[] => {
    const { name, namespace = '' } = change.ref
    if (change.do !== 'create' || !change.temporary || !name.startsWith(prefix)) return []
    const suffix = name.slice(prefix.length)
    const [a, b] = ['control-a', 'control-b'].map((role) =>
      changes.find(({ ref }) => ref.name === `${objectName(id, role)}${suffix}`),
    )
    if (!a || !b) return []
    const at = ({ ref }: { ref: { name: string; namespace?: string } }) => ({
      namespace: ref.namespace ?? '',
      name: ref.name,
    })
    const node = textAt(recordAt(change.body, 'spec'), 'nodeName')
    return [{ twin: { namespace, name }, a: at(a), b: at(b), node }]
  })
}

/** The pods that the plan takes off their controllers. */
function detachedBy({ changes }: Plan): PatchChange['ref'][] {
  const patches = changes.filter((change) => change.do === 'patch')
  return patches
    .filter(({ ref, edits }) => ref.resource === 'pods' && edits.some(({ restore }) => restore === 'on-request'))
    .map(({ ref }) => ref)
}
