import { type Change, planLabel } from '../change/plan.ts'
import { metaOf, type Raw, textAt } from '../isolation/raw.ts'
import { standingOf } from '../isolation/standing.ts'
import { enforcementOf } from '../network/enforcer.ts'
import { selects } from '../workload/label-selector.ts'
import type { LockdownOptions, LockdownScene } from './model.ts'
import { groundOf } from './network/ground.ts'
import { leftOpenOf } from './network/left-open.ts'
import { policiesOf } from './network/policies.ts'
import { closedBy } from './network/rules.ts'

/** A plan, as far as its own objects are told from others' by it. */
export type OwnObjects = { id: string; changes: readonly Change[] }

/**
 * What goes on in spite of a lockdown's policies, in words: others' policies, and pods that no policy reaches; pure. The plan's own are known
 * by name and label: either alone is soon given to another.
 */
export function beyondPolicies(
  scene: LockdownScene,
  plan: OwnObjects,
  { level, selector }: Pick<LockdownOptions, 'level' | 'selector'>,
): string[] {
  const own = new Set(plan.changes.map(({ ref }) => keyOf(ref.kind, ref.namespace ?? '', ref.name)))
  const isOwn = (raw: Raw) => {
    const { labels, namespace, name } = metaOf(raw)
    return labels[planLabel] === plan.id && own.has(keyOf(textAt(raw, 'kind'), namespace, name))
  }
  const network = { ...scene.network, objects: scene.network.objects.filter((raw) => !isOwn(raw)) }
  const { name: namespace } = metaOf(scene.namespace)
  const closed = closedBy(level)
  const naming = { planId: plan.id, names: 'readable' as const }
  const { changes } = policiesOf({ closed, wide: [], subjects: [] }, namespace, selector, naming)
  const { enforcer } = enforcementOf(network.objects, network)
  const open = leftOpenOf(groundOf({ ...scene, network }), changes.at(-1), closed, selector, enforcer)
  const free = network.objects.filter(
    (raw) =>
      raw['kind'] === 'Pod' &&
      metaOf(raw).namespace === namespace &&
      ['host-network', 'static'].includes(standingOf(raw)) &&
      (!selector || selects(selector, metaOf(raw).labels)),
  )
  const names = free.map((pod) => metaOf(pod).name)
  return [
    ...open.map(
      ({ policy, direction, workloads, plan: earlier }) =>
        `${policy.kind} ${policy.namespace === undefined ? '' : `${policy.namespace}/`}${policy.name}${earlier === undefined ? '' : ` of the earlier lockdown ${earlier}`} goes on letting ${direction} through, for ${workloads.slice(0, 3).join(', ')}${earlier === undefined ? '' : `: kubectl secure undo ${earlier} takes it away`}`,
    ),
    ...(names.length > 0
      ? [`pods on the network of their node, which no NetworkPolicy reaches: ${names.slice(0, 5).join(', ')}`]
      : []),
  ]
}

const keyOf = (kind: string, namespace: string, name: string): string => JSON.stringify([kind, namespace, name])
