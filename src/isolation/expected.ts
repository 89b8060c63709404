import type { Change } from '../change/plan.ts'
import { applyChanges } from '../change/planned.ts'
import { worldOf } from '../network/decode-world.ts'
import { evaluateFlow } from '../network/evaluate.ts'
import { networkOf } from '../network/network.ts'
import type { Canaries } from './canary.ts'
import type { ProbeTryPlan } from './probe.ts'
import { metaOf, type Raw, recordAt } from './raw.ts'
import type { ProbeTry } from './report.ts'

/**
 * What the policies say of a connection between the twin and a control: where an exception or somebody's policy lets it
 * through, that it connects is no sign that nothing is enforced. Pure.
 */
export function expectedOf(
  objects: readonly Raw[],
  changes: readonly Change[],
  canaries: Canaries,
  reading: Parameters<typeof worldOf>[1],
): (plan: ProbeTryPlan) => ProbeTry['expected'] {
  const after = applyChanges(objects, changes)
  return ({ from, to, protocol, address, port, source }) => {
    const refOf = (role: ProbeTry['from'], isSource: boolean) =>
      role === 'twin' ? canaries.twin : isSource ? canaries.a : canaries.b
    const ends = [
      { ref: refOf(from, true), address: source },
      { ref: refOf(to, false), address },
    ]
    const world = ends.reduce((all, { ref, address: ip }) => withAddress(all, ref, ip), after)
    const [origin, destination] = ends.map(({ ref }) => ({ kind: 'pod' as const, ...ref }))
    if (!origin || !destination) return 'blocked'
    const { verdict } = evaluateFlow(networkOf(worldOf(world, reading)), {
      from: origin,
      to: destination,
      protocol,
      port,
    })
    return verdict === 'denied' ? 'blocked' : 'connects'
  }
}

function withAddress(objects: Raw[], { namespace, name }: { namespace: string; name: string }, ip: string): Raw[] {
  return objects.map((raw) => {
    const meta = metaOf(raw)
    if (raw['kind'] !== 'Pod' || meta.namespace !== namespace || meta.name !== name) return raw
    return { ...raw, status: { ...recordAt(raw, 'status'), phase: 'Running', podIP: ip, podIPs: [{ ip }] } }
  })
}
