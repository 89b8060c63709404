import type { Gate } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { objectName, type PatchChange, type Plan } from '../change/plan.ts'
import { networkObjectsFromCluster } from '../snapshot/network-objects.ts'
import type { Canaries } from './canary.ts'
import { expectedOf } from './expected.ts'
import { objectsBefore, readingOf } from './facts.ts'
import { areReleased } from './gate-checks.ts'
import { runProbe } from './probe.ts'
import type { ProbeReport } from './report.ts'
import { gates } from './scene.ts'
import { recordAt, textAt } from './raw.ts'

/**
 * The checks that an isolation's plan asks for. `probes`: what the twins were seen to reach; of a run that was cut off, or a plan that was saved,
 * they are asked anew, from the plan alone.
 */
export function gatesOf(
  { cluster }: Pick<Engine, 'cluster'>,
  plan: Plan,
  probes: () => Promise<Pick<ProbeReport, 'result' | 'why'>[]> = () => probesOf(cluster, plan),
): Record<string, Gate> {
  return {
    [gates.enforced]: async () => {
      const bad = (await probes()).find(({ result }) => result !== 'enforced')
      return bad ? { ok: false, why: bad.why } : { ok: true, why: 'the twins are cut off' }
    },
    [gates.released]: async () => await areReleased(cluster, detachedBy(plan)),
  }
}

async function probesOf(cluster: Cluster, plan: Plan): Promise<Pick<ProbeReport, 'result' | 'why'>[]> {
  const network = await networkObjectsFromCluster(cluster, () => {})
  const objects = objectsBefore({ plan, scene: { pods: [] } }, { network })
  const found = canariesOf(plan).map(async (canaries) => {
    const expects = expectedOf(objects, plan.changes, canaries, readingOf({ network }))
    return await runProbe(cluster, { canaries, expects })
  })
  if (found.length === 0) return [{ result: 'inconclusive', why: 'the plan has no canaries to see it by' }]
  return await Promise.all(found)
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
