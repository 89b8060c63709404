import { startRun } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import { planLabel } from '../change/plan.ts'
import type { StepReport } from '../change/reports.ts'
import { metaOf } from '../isolation/raw.ts'
import { standingOf } from '../isolation/standing.ts'
import { takenBack } from '../isolation/still-made.ts'
import type { NetworkObjects } from '../snapshot/network-objects.ts'
import { selects } from '../workload/label-selector.ts'
import { gatesOf } from './gates.ts'
import { groundOf } from './network/ground.ts'
import { leftOpenOf } from './network/left-open.ts'
import { closedBy } from './network/rules.ts'
import type { NamespacePlan } from './plan.ts'
import type { LockdownReport } from './report.ts'
import type { PreparedLockdown } from './request.ts'
import { reportOf } from './show.ts'
import { verdictOf, worstOf } from './verdict.ts'
import { proverOf, readingOf } from './verify.ts'

/**
 * Applies a prepared lockdown and proves it: what policies say is computed anew, twins of its pods and plain pods outside try connections. What
 * was made for the proof alone is removed before it returns, whatever happens. Throws SecureError where the journal or the cluster
 * fails; what was done until then is in the journal.
 */
export async function carryOutLockdown(
  engine: Engine,
  prepared: PreparedLockdown,
  progress: (text: string) => void = () => {},
): Promise<LockdownReport> {
  const { plan, lockdown, request } = prepared
  const { cluster } = engine
  const run = await startRun(engine, plan)
  try {
    const prover = proverOf(cluster, prepared, run)
    progress('closing')
    await run.apply(gatesOf(engine, plan, () => prover.proofs()))
    progress('proving it')
    const [found, proofs, taken] = await Promise.all([
      prover.network(),
      prover.proofs(),
      takenBack(cluster, plan, run.steps()),
    ])
    const steps = run.steps()
    const judged = lockdown.namespaces.map((one, index) => {
      const own = new Set(one.parts.flatMap(({ changes }) => changes.map(({ id }) => id)))
      const proof = proofs[index] ?? { probes: [], allowed: [], unseen: [] }
      const verdict = verdictOf({
        hasNetwork: one.network !== undefined,
        proof,
        notMade: [
          ...steps.filter(({ change, state }) => own.has(change) && !isMade(state)).map(stepText),
          ...taken.filter(({ change }) => own.has(change)).map(({ why }) => why),
        ],
        atMostPartial: one.network ? beyond(one, prepared, found) : [],
      })
      return { proof, ...verdict }
    })
    progress('removing the canaries')
    await run.cleanUp()
    const verdict = worstOf(judged.map((one) => one.verdict))
    await run.note('verdict', {
      verdict,
      namespaces: lockdown.namespaces.map(({ namespace }, index) => ({
        namespace,
        verdict: judged[index]?.verdict ?? '',
      })),
    })
    const report = reportOf(prepared)
    return {
      ...report,
      verdict,
      namespaces: report.namespaces.map((one, index) => ({ ...one, ...judged[index] })),
      run: await run.close(),
      undo: `kubectl secure undo ${plan.id}`,
      ...(request.incident !== undefined && { incident: request.incident }),
    }
  } catch (error) {
    // What was made for the proof alone is not left behind; where even that fails, the journal knows of it.
    await run.cleanUp().catch(() => {})
    await run.close().catch(() => {})
    throw error
  }
}

const isMade = (state: StepReport['state']): boolean => state === 'applied' || state === 'already'
const stepText = ({ change, ref, state, why }: StepReport): string =>
  `${ref.kind} ${ref.name} (${change}) was not made: ${why ?? state}`

/** What goes on in spite of the policies: others' rules, pods beyond their reach, kinds that were not read. */
function beyond(
  { scene, network, namespace }: NamespacePlan,
  prepared: PreparedLockdown,
  found: NetworkObjects,
): string[] {
  const { options } = prepared.request
  const isOurs = (raw: Record<string, unknown>) => metaOf(raw).labels[planLabel] === prepared.plan.id
  const others = { ...found, objects: found.objects.filter((raw) => !isOurs(raw)) }
  const deny = network?.changes.at(-1)
  const open = leftOpenOf(
    groundOf({ ...scene, network: others }),
    deny?.do === 'create' ? deny : undefined,
    closedBy(options.level),
    options.selector,
    readingOf(found).enforcer,
  )
  const pods = others.objects.filter((raw) => raw['kind'] === 'Pod' && metaOf(raw).namespace === namespace)
  const free = pods.filter(
    (pod) =>
      ['host-network', 'static'].includes(standingOf(pod)) &&
      (!options.selector || selects(options.selector, metaOf(pod).labels)),
  )
  return [
    ...open.map(
      ({ policy, direction, workloads }) =>
        `${policy.kind} ${policy.namespace === undefined ? '' : `${policy.namespace}/`}${policy.name} goes on letting ${direction} through, for ${workloads.slice(0, 3).join(', ')}`,
    ),
    ...(free.length > 0
      ? [
          `pods on the network of their node, which no NetworkPolicy reaches: ${free
            .map((pod) => metaOf(pod).name)
            .slice(0, 5)
            .join(', ')}`,
        ]
      : []),
    ...found.unread.map((kind) => `${kind} objects could not be read: what they let through is not known`),
  ]
}
