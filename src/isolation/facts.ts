import { objectName, type Plan, planLabel } from '../change/plan.ts'
import type { StepReport } from '../change/reports.ts'
import { enforcementOf } from '../network/enforcer.ts'
import { computedOf, isException } from './computed.ts'
import type { PodPlan } from './plan-pods.ts'
import { metaOf, type Raw } from './raw.ts'
import type { Computed, LiveReport, ProbeReport } from './report.ts'
import type { Prepared } from './request.ts'
import type { TakenBack } from './still-made.ts'
import type { Surroundings } from './surroundings.ts'
import type { Facts } from './verdict.ts'
import { rawWays, waysOut } from './ways-out.ts'

/** The objects as they were before the plan: what was read meanwhile may have its changes already. */
export function objectsBefore(
  { plan, scene }: { plan: Plan; scene: Pick<Prepared['scene'], 'pods'> },
  { network }: Pick<Surroundings, 'network'>,
): Raw[] {
  const planned = new Map(scene.pods.map((pod) => [metaOf(pod).uid, pod]))
  return network.objects
    .filter((raw) => metaOf(raw).labels[planLabel] !== plan.id)
    .map((raw) => (raw['kind'] === 'Pod' ? (planned.get(metaOf(raw).uid) ?? raw) : raw))
}

/** How the objects are to be read: who enforces, and which kinds are not known. */
export function readingOf({ network }: Pick<Surroundings, 'network'>) {
  const { enforcer } = enforcementOf(network.objects, network)
  return { enforcer, unread: network.unread, gaps: network.gaps }
}

/**
 * What policies say of every pod, before the plan and after what was made of it. The exceptions that were asked for are no way
 * left open.
 */
export function computeAll(prepared: Prepared, around: Surroundings, steps: StepReport[]): Computed[] {
  const { plan, isolation } = prepared
  const made = new Set(
    steps.filter(({ state }) => state === 'applied' || state === 'already').map(({ change }) => change),
  )
  const lasting = plan.changes.filter(({ id, temporary }) => !temporary && made.has(id))
  const names = isolation.pods.map(({ ref: { namespace, name } }) => ({ namespace, name }))
  return computedOf(objectsBefore(prepared, around), lasting, names, readingOf(around)).map((computed) => ({
    ...computed,
    open: computed.open.filter((line) => !isException(line, plan.id)),
  }))
}

/** All that is known of one pod after the run. */
export function factsOf(
  pod: PodPlan,
  steps: StepReport[],
  { changes, id }: Plan,
  proofs: { computed: Computed; probe: ProbeReport; live: LiveReport },
  { raw = {}, taken }: { raw: Raw | undefined; taken: readonly TakenBack[] },
): Facts {
  const { standing, notes, ref } = pod
  // The cut is our policy and its label; what else was planned for the pod shows in what is open.
  const policy = changes.find(
    (change) => change.do === 'create' && change.ref.name === objectName(id) && change.ref.namespace === ref.namespace,
  )
  const label = changes.find((change) => change.do === 'patch' && change.ref.uid === ref.uid)
  const failed = [policy, label]
    .map((change) => steps.find((step) => step.change === change?.id))
    .find((step) => step && step.state !== 'applied' && step.state !== 'already')
  const its = taken.filter(
    ({ uid, namespace }) => uid === ref.uid || (uid === undefined && (namespace ?? ref.namespace) === ref.namespace),
  )
  const why = failed
    ? `it is not cut off: ${failed.change}: ${failed.why ?? failed.state}`
    : its.find(({ all }) => all)?.why
  return {
    ...proofs,
    ...(standing === 'enforceable' ? {} : { unenforceable: notes[0] ?? 'no policy reaches it' }),
    ...(why === undefined ? {} : { notMade: why }),
    atMostPartial: [
      ...its.filter(({ all }) => !all).map((one) => one.why),
      ...waysOut(raw),
      ...(proofs.live.result === 'severed' ? rawWays(raw) : []),
    ],
  }
}
