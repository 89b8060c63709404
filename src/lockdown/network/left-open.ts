import { mayBeNewPlanId } from '../../change/id.ts'
import { type CreateChange, objectName, planLabel, quarantineLabel } from '../../change/plan.ts'
import { OwnSide } from '../../isolation/own-side.ts'
import { listAt, metaOf, type Raw, recordAt, specOf, stringsAt, textAt, textsAt } from '../../isolation/raw.ts'
import type { Direction, Enforcer, PolicyRef } from '../../network/model.ts'
import { selects } from '../../workload/label-selector.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import type { Ground } from './ground.ts'
import { workloadText } from './workloads.ts'

/**
 * A policy of somebody else that goes on letting something through: ours take nothing away from it. `plan`: the lockdown that it is of by
 * its name and label, which others can write too.
 */
export type LeftOpen = { policy: PolicyRef; direction: Direction; workloads: string[]; plan?: string }

/** What is open in spite of a policy that denies everything, whoever is on the other side. */
export function leftOpenOf(
  ground: Ground,
  deny: CreateChange | undefined,
  closed: readonly Direction[],
  selection: LabelSelector | undefined,
  enforcer: Enforcer,
): LeftOpen[] {
  if (!deny) return []
  const { namespace, workloads } = ground
  const bare = { ...deny.body, spec: { ...(deny.body['spec'] as object), ingress: [], egress: [] } }
  const others = ground.scene.network.objects.filter(({ kind }) => kind !== 'Pod' && kind !== 'Node')
  const chosen = workloads.filter(
    ({ labels, hostNetwork }) => !hostNetwork && (!selection || selects(selection, labels)),
  )
  const pods = chosen.map((workload, index): Raw => {
    const labels = workload.pods[0] ? metaOf(workload.pods[0]).labels : workload.labels
    return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: `${index}`, labels }, spec: workload.spec }
  })
  // A label is soon put on: what no pod has now, a policy lets through all the same for whichever gets it.
  const latent = others
    .filter((raw) => raw['kind'] === 'NetworkPolicy' && metaOf(raw).namespace === namespace)
    .map((raw) => labelsFor(raw))
    .filter((labels) => !selection || selects(selection, labels))
  const wouldBe = latent.map((labels, index): Raw => {
    return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: `other-${index}`, labels }, spec: {} }
  })
  const plans = plansOf(others)
  const opening = (policy: PolicyRef, direction: Direction, whom: string): LeftOpen => {
    const plan = plans.get(keyOf(policy.namespace, policy.name))
    const isOurs = policy.kind === 'NetworkPolicy' && plan !== undefined
    return { policy, direction, workloads: [whom], ...(isOurs && { plan }) }
  }
  const side = new OwnSide([...others, ...pods, ...wouldBe, bare], enforcer, true)
  const found = new Map<string, LeftOpen>()
  for (const [index, workload] of chosen.entries()) {
    const party = side.podNamed(namespace, `${index}`)
    for (const { direction, policy } of party ? side.openings(party) : []) {
      if (!policy || !closed.includes(direction)) continue
      const key = JSON.stringify([direction, policy])
      const known = found.get(key)
      if (known) known.workloads.push(workloadText(workload))
      else found.set(key, opening(policy, direction, workloadText(workload)))
    }
  }
  for (const index of latent.keys()) {
    const party = side.podNamed(namespace, `other-${index}`)
    for (const { direction, policy } of party ? side.openings(party) : []) {
      const key = JSON.stringify([direction, policy])
      if (policy && closed.includes(direction) && !found.has(key))
        found.set(key, opening(policy, direction, 'pods that get the labels it selects'))
    }
  }
  return [...found.values()]
}

const keyOf = (namespace: string | undefined, name: string): string => JSON.stringify([namespace, name])

/** Which lockdowns made these policies; those of an isolation are for its own pods alone, and none is undone to close something. */
function plansOf(objects: readonly Raw[]): Map<string, string> {
  return new Map(
    objects.flatMap((raw): [string, string][] => {
      const { labels, namespace, name } = metaOf(raw)
      const plan = labels[planLabel] ?? ''
      const isMade = raw['kind'] === 'NetworkPolicy' && mayBeNewPlanId(plan) && name.startsWith(`${objectName(plan)}-`)
      const isIsolation = quarantineLabel(plan) in stringsAt(recordAt(specOf(raw), 'podSelector'), 'matchLabels')
      return isMade && !isIsolation ? [[keyOf(namespace, name), plan]] : []
    }),
  )
}

/** Labels that the policy selects by: values it names, and none of a key that it excludes. */
function labelsFor(policy: Raw): Record<string, string> {
  const selector = recordAt(specOf(policy), 'podSelector')
  const labels = { ...stringsAt(selector, 'matchLabels') }
  for (const one of listAt(selector, 'matchExpressions')) {
    const operator = textAt(one, 'operator')
    if (operator === 'In' || operator === 'Exists') labels[textAt(one, 'key')] ??= textsAt(one, 'values')[0] ?? 'any'
  }
  return labels
}
