import type { Scope } from '../expression.ts'
import type { Step } from '../model.ts'
import { actionContext, type End } from './carry-command.ts'
import type { RunContext } from './context.ts'
import { argsOf, holds } from './walk.ts'

type Of<T extends Step['type']> = Extract<Step, { type: T }>
const between = 2000
const units = { s: 1000, m: 60_000, h: 3_600_000 }

/** `90s`, `5m`, `2h` in milliseconds; the schema has checked it. */
export function millisecondsOf(text: string): number {
  return Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units]
}

/** Asks again and again until it is so. */
export async function carryVerify(context: RunContext, step: Of<'verify'>, key: string, scope: Scope): Promise<End> {
  const action = context.actions[step.run]
  if (action?.kind !== 'question') throw new TypeError(`${step.run} is no question`)
  const args = await argsOf(step.with, scope, key)
  const until = context.engine.now().getTime() + millisecondsOf(step.timeout)
  for (let tries = 1; ; tries += 1) {
    const outputs = await action.ask(actionContext(context, key), args)
    if (await holds(step.until, { ...scope, outputs }, key))
      return { outcome: 'done', outputs: { ...outputs, verified: true, tries } }
    if (context.engine.now().getTime() + between > until)
      return {
        outcome: 'failed',
        outputs: { ...outputs, verified: false, tries },
        why: `not so within ${step.timeout}: ${step.until}`,
      }
    await context.sleep(between)
  }
}

/** Waits, from when the step was come to: what has passed before a resume counts. */
export async function carryWait(context: RunContext, step: Of<'wait'>, key: string): Promise<End> {
  const begun = context.journal.entries.find((entry) => entry.type === 'step' && entry.step === key)
  const end = Date.parse(begun?.at ?? '') + millisecondsOf(step.for)
  context.responder.say({ kind: 'progress', step: key, text: `waiting ${step.for}: ${step.why}` })
  for (let left = end - context.engine.now().getTime(); left > 0; left = end - context.engine.now().getTime()) {
    await context.check()
    await context.sleep(Math.min(left, 1000))
  }
  return { outcome: 'done', outputs: {} }
}
