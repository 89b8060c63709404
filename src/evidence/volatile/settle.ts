import { reopenRun, startRun } from '../../change/active-run.ts'
import type { Engine } from '../../change/engine.ts'
import { knownRuns, type Run as ChangeRun } from '../../change/find-run.ts'
import type { Plan } from '../../change/plan.ts'
import { stepsOf } from '../../change/progress-of-run.ts'
import type { StepReport } from '../../change/reports.ts'
import { SecureError } from '../../errors.ts'

/** Each change, how far it came, and what the pod was right before: as the journal of the run has it. */
export type Settled = { step: StepReport; at?: string; before?: { uid: string; resourceVersion: string } }

/**
 * Makes the changes of a plan that are not made yet, by change: a run that was cut off is gone on with, and what was sent without an answer is
 * settled by looking, so that no container is added twice. Throws SecureError: the run is not known on this machine, somebody else
 * works on it, or nothing can be journaled; nothing is added then.
 */
export async function settle(engine: Engine, plan: Plan): Promise<Map<string, Settled>> {
  const known = await runOf(engine, plan)
  if (known?.broken !== undefined)
    throw new SecureError('journal', `the journal of run ${plan.id} is damaged: ${known.broken}`)
  if (known && !known.records.includes('journal'))
    throw new SecureError('usage', `run ${plan.id} was begun on another machine: no container is added from here`)
  const active = known ? await reopenRun(engine, known) : await startRun(engine, plan)
  try {
    await active.apply()
  } finally {
    await active.close()
  }
  const after = await runOf(engine, plan)
  return settledOf(plan, after)
}

/** How many changes of a plan are not made yet, as far as this machine and the cluster tell. */
export async function unmade(engine: Engine, plan: Plan): Promise<number> {
  const states = [...settledOf(plan, await runOf(engine, plan)).values()].map(({ step }) => step.state)
  return states.filter((state) => !isMade(state)).length
}

/** Whether a container is there, whatever became of the run: what was added stays. */
export const isMade = (state: StepReport['state']): boolean =>
  ['applied', 'already', 'undone', 'partly-undone'].includes(state)

async function runOf(engine: Engine, { id }: Plan): Promise<ChangeRun | undefined> {
  return (await knownRuns(engine)).runs.find((run) => run.plan.id === id)
}

function settledOf(plan: Plan, run: ChangeRun | undefined): Map<string, Settled> {
  const entries = run?.entries ?? []
  return new Map(
    stepsOf(plan, entries).map((step) => {
      const intent = entries.findLast(
        (entry) => entry.type === 'intent' && entry.way === 'apply' && entry.change === step.change,
      )
      if (intent?.type !== 'intent') return [step.change, { step }]
      const { metadata } = (intent.preimage ?? {}) as { metadata?: { uid: string; resourceVersion: string } }
      const before = metadata && { uid: metadata.uid, resourceVersion: metadata.resourceVersion }
      return [step.change, { step, at: intent.at, ...(before && { before }) }]
    }),
  )
}
