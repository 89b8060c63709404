import { createHash } from 'node:crypto'
import { hasBegun } from '../../change/journal/journal.ts'
import type { Plan } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import type { Scope } from '../expression.ts'
import type { ActionContext, ChangeAction, Step } from '../model.ts'
import type { RunContext } from './context.ts'
import type { Recorded, StepEnd } from './entry.ts'
import { notInEvidence } from './gate.ts'
import { argsOf } from './walk.ts'

type Command = Extract<Step, { type: 'command' }>
export type End = Omit<StepEnd, 'type' | 'step'>

/** Calls the action of a step. Of a change that was cut off, its run is taken up where it is; it is never begun twice. Throws SecureError. */
export async function carryCommand(context: RunContext, step: Command, key: string, scope: Scope): Promise<End> {
  const action = context.actions[step.run]
  if (!action) throw new TypeError(`there is no action ${step.run}`)
  const args = await argsOf(step.with, scope, key)
  const around = actionContext(context, key)
  if (action.kind === 'question') return { outcome: 'done', outputs: await action.ask(around, args) }
  if (action.kind === 'evidence') {
    const { outputs, ...taken } = await action.collect(around, args)
    return { outcome: 'done', outputs, ...taken }
  }
  const begun = await begunRun(context, key)
  if (begun !== undefined) return endOfChange(await action.resume(around, begun), begun)
  const planned = await action.plan(around, args)
  if (!planned) return { outcome: 'done', outputs: { changed: false }, why: 'there is nothing to change' }
  const { plan, destroys = [] } = planned
  // It was looked: of what is running nothing ends.
  const isHarmless = planned.destroys?.length === 0
  if (!isHarmless) await requireEvidence(context, step, key, action, destroys)
  const may = await context.responder.mayApply(key, action, planned, destroys)
  if (!may.value) return { outcome: 'failed', outputs: null, why: `${may.by} said no` }
  await context.hold()
  const digest = digestOf(plan)
  await context.journal.append({ type: 'answer', step: key, by: may.by, value: true, plans: [digest] })
  const deletes = plan.changes.flatMap((change) =>
    change.do === 'delete' || change.do === 'evict' ? [change.ref.uid] : [],
  )
  await context.journal.append({ type: 'plan', step: key, planId: plan.id, digest, destroys, deletes })
  return endOfChange(await planned.apply(), plan.id)
}

export function actionContext(context: RunContext, key: string): ActionContext {
  const { engine, journal, responder, incident, probeImage, takeOver } = context
  return {
    engine,
    folder: journal.folder,
    runId: journal.runId,
    ...(incident !== undefined && { incident }),
    ...(probeImage !== undefined && { probeImage }),
    ...(takeOver !== undefined && { takeOver }),
    say: (text) => responder.say({ kind: 'progress', step: key, text }),
  }
}

/** What an approval is of. */
export function digestOf(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex')
}

// A plan that was announced and whose journal has no first line was never begun: nothing was sent by it.
async function begunRun({ engine, journal }: RunContext, key: string): Promise<string | undefined> {
  const announced = journal.entries.findLast(
    (entry): entry is Recorded & { type: 'plan' } => entry.type === 'plan' && entry.step === key,
  )
  if (!announced) return undefined
  return (await hasBegun(engine.stateDir, engine.clusterId, announced.planId)) ? announced.planId : undefined
}

function endOfChange({ state, outputs, why }: Awaited<ReturnType<ChangeAction['resume']>>, planId: string): End {
  return {
    outcome: state === 'failed' ? 'failed' : 'done',
    outputs: { changed: true, state, ...outputs },
    planId,
    ...(why !== undefined && { why }),
  }
}

async function requireEvidence(
  { journal, skipEvidence }: RunContext,
  step: Command,
  key: string,
  action: ChangeAction,
  destroys: Parameters<typeof notInEvidence>[2],
): Promise<void> {
  if (!action.destroys && !step.destroys && destroys.length === 0) return
  const prefix = key.slice(0, key.length - step.id.length)
  const missing = notInEvidence(
    journal.entries,
    (step.requires ?? []).map((id) => `${prefix}${id}`),
    destroys,
  )
  if (missing.length === 0) return
  if (skipEvidence !== undefined)
    return await journal.append({
      type: 'note',
      kind: 'evidence-skipped',
      step: key,
      data: { why: skipEvidence, missing },
    })
  throw new SecureError('usage', `${key}: ${missing.join('; ')}`, {
    hint: 'Take the evidence first, or go on without: --skip-evidence=REASON, which is recorded.',
  })
}
