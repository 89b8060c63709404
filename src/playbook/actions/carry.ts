import type { Json, Plan } from '../../change/plan.ts'
import type { RunReport, StepReport } from '../../change/reports.ts'
import type { Remedy } from '../../remediate/remedy.ts'
import type { ActionContext, ChangeResult, Outputs, Pinned } from '../model.ts'

/** What a plan says of the run that it is of, beside its changes. */
export const wordsOf = ({ runId, incident }: ActionContext, action: string) => ({
  command: ['playbook', 'run'],
  reason: `${action}, by run ${runId} of a playbook`,
  ...(incident !== undefined && { incident }),
})

/** What a plan keeps of its action: by it alone its outputs are known again after a crash. */
type Kept = { action: string; outputs: Outputs }

export async function planWith(
  context: ActionContext,
  action: string,
  remedy: (planId: string) => Remedy,
  outputs: { [key: string]: Json | Pinned | Pinned[] },
): Promise<Plan> {
  const [{ planOf }, { refuseStateNamespace }] = await Promise.all([
    import('../../remediate/remedy.ts'),
    import('../../change/record/namespace.ts'),
  ])
  const plan = planOf(context.engine, wordsOf(context, action), remedy)
  refuseStateNamespace(
    context.engine.stateNamespace,
    plan.changes.map(({ ref }) => ref.namespace),
  )
  const kept: Kept = { action, outputs }
  return { ...plan, request: kept as unknown as { [key: string]: Json } }
}

/** The outputs that a plan was made with. */
export function keptIn({ request }: Plan): Outputs {
  return (request as unknown as Kept | undefined)?.outputs ?? {}
}

/** Carries a plan out as it is. Throws SecureError where it cannot be: nothing was changed then. */
export async function applied({ engine }: ActionContext, plan: Plan): Promise<Ended> {
  const [{ applyPlan }, { preflight }, { refusalOf }, { gatesOf }] = await Promise.all([
    import('../../change/runs.ts'),
    import('../../change/preflight.ts'),
    import('../../change/refusal.ts'),
    import('../../lockdown/gates.ts'),
  ])
  // It may have been looked at and approved an hour ago.
  const refusal = refusalOf(await preflight(engine, plan))
  if (refusal) throw refusal
  return endedBy(await applyPlan(engine, plan, { gates: gatesOf(engine, plan) }))
}

/** Goes on with the run of a plan to its end. Throws SecureError. */
export async function resumed({ engine, takeOver = false }: ActionContext, planId: string) {
  const [{ resumeRun }, { findRun }, { gatesOf }] = await Promise.all([
    import('../../change/runs.ts'),
    import('../../change/find-run.ts'),
    import('../../lockdown/gates.ts'),
  ])
  const run = await findRun(engine, planId)
  const report = await resumeRun(engine, run, 'finish', { takeOver, gates: gatesOf(engine, run.plan) })
  const { plan, entries } = await findRun(engine, planId)
  return { plan, entries, report, ended: endedBy(report) }
}

export type Ended = Omit<ChangeResult, 'outputs'>

/** How a run ended, for a playbook: what was done in part is told from what was not done at all. */
export function endedBy({ state, steps, warnings }: Pick<RunReport, 'state' | 'steps' | 'warnings'>): Ended {
  if (state === 'applied') return { state: 'applied' }
  const left = steps.filter(({ state: each }) => each !== 'applied' && each !== 'already')
  const isSome = left.length < steps.length || steps.some(({ state: each }) => each === 'unsettled')
  const why = [...left.map(stepText), ...warnings].slice(0, 5).join('; ')
  const isTaken = state === 'undone' || state === 'partly-undone'
  return { state: isSome && !isTaken ? 'partial' : 'failed', why: isTaken ? `it was taken back: ${state}` : why }
}

const stepText = ({ ref, state, why }: StepReport): string => `${ref.kind} ${ref.name}: ${why ?? state}`
