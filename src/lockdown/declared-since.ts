import { type Plan, planLabel } from '../change/plan.ts'
import { metaOf, type Raw } from '../isolation/raw.ts'
import type { LockdownOptions, LockdownScene } from './model.ts'
import { endKey, endText, portsText } from './network/ends.ts'
import { planNetwork } from './network/plan.ts'
import type { PlannedRule } from './network/policies.ts'

/**
 * What the policies would let through had they been planned now, and do not: somebody changed what is declared (the selector of a Service,
 * say) between the plan and its end, so what they let through is what was. In words; pure.
 */
export function declaredSince(
  scene: LockdownScene,
  planned: readonly PlannedRule[],
  { id, changes }: Plan,
  options: LockdownOptions,
): string[] {
  const own = new Set(changes.map(({ ref }) => ref.name))
  // Canaries have the labels of a workload, and are none.
  const isOwn = (raw: Raw) => metaOf(raw).labels[planLabel] === id && own.has(metaOf(raw).name)
  const objects = scene.network.objects.filter((raw) => !isOwn(raw))
  const workloads = scene.workloads.filter((raw) => !isOwn(raw))
  const now = planNetwork({ ...scene, workloads, network: { ...scene.network, objects } }, options, {
    planId: id,
    names: 'unguessable',
  })
  const known = new Set(planned.map(keyOf))
  return now.rules
    .filter((rule) => !known.has(keyOf(rule)))
    .map(
      ({ workload, direction, peer, ports, by }) =>
        `declared since it was planned, and cut off: ${workload === '*' ? 'all pods' : workload} ${direction === 'ingress' ? 'from' : 'to'} ${endText(peer)}, ${portsText(ports)} (${by[0]?.what ?? ''})`,
    )
}

const keyOf = ({ workload, direction, peer, ports }: PlannedRule): string =>
  JSON.stringify([workload, direction, endKey(peer), ports])
