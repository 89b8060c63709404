import { startRun } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { StepReport } from '../change/reports.ts'
import { takenBack } from '../isolation/still-made.ts'
import { beyondPolicies } from './beyond.ts'
import { declaredSince } from './declared-since.ts'
import { gatesOf } from './gates.ts'
import type { LockdownScene } from './model.ts'
import type { NamespacePlan } from './plan.ts'
import type { LockdownReport } from './report.ts'
import type { PreparedLockdown } from './request.ts'
import { stillHeld } from './rights.ts'
import { reportOf } from './show.ts'
import { verdictOf, worstOf } from './verdict.ts'
import { proverOf } from './verify.ts'

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
    const [scenes, proofs, taken] = await Promise.all([
      prover.scenes(),
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
        atMostPartial: [...beyond(one, prepared, scenes[index]), ...stillHeld(one.rights)],
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

/** What goes on beside the policies, and what they cut that nobody saw before: of the cluster as it is once they are there. */
function beyond(
  { network }: NamespacePlan,
  { plan, request }: PreparedLockdown,
  now: LockdownScene | undefined,
): string[] {
  if (!network || !now) return []
  return [
    ...beyondPolicies(now, plan, request.options),
    ...declaredSince(now, network.rules, plan, request.options),
    ...now.network.unread.map((kind) => `${kind} objects could not be read: what they let through is not known`),
  ]
}
