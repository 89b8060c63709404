import type { Json } from '../change/plan.ts'
import { expressionIn, messageParts } from './expression.ts'
import type { Step } from './model.ts'

/** Where a run ends. */
export const end = 'end'

/** CEL in a step: under which field it stands, and whether it is a guard, which has to be true or false. */
export type Written = { field: string; cel: string; guard?: true; outputs?: true }

/** All CEL of a step. */
export function expressionsOf(step: Step): Written[] {
  const found: Written[] = []
  const value = (field: string, literal: Json | undefined) => {
    const cel = literal === undefined ? undefined : expressionIn(literal)
    if (cel !== undefined) found.push({ field, cel })
  }
  const message = (field: string, text: string | undefined) => {
    for (const { cel } of messageParts(text ?? '')) if (cel !== undefined) found.push({ field, cel })
  }
  if (step.when !== undefined) found.push({ field: 'when', cel: step.when, guard: true })
  if ('with' in step) for (const [name, literal] of Object.entries(step.with ?? {})) value(`with/${name}`, literal)
  if (step.type === 'verify') found.push({ field: 'until', cel: step.until, guard: true, outputs: true })
  if (step.type === 'get') for (const field of ['name', 'namespace'] as const) value(field, step[field])
  if (step.type === 'prompt') value('input/namespace', step.input.namespace)
  if (step.type === 'decision' || step.type === 'approval') message('ask', step.ask)
  if (step.type === 'decision') message('help', step.help)
  if (step.type === 'note') message('text', step.text)
  if (step.type === 'notify') message('message', step.message)
  return found
}

/** The places that a step may go on at, beside the one below it: by field. */
export function jumpsOf(step: Step): { field: string; to: string }[] {
  const found: { field: string; to: string }[] = []
  if (step.next !== undefined) found.push({ field: 'next', to: step.next })
  if (step.type === 'decision')
    for (const [name, { next }] of Object.entries(step.cases)) found.push({ field: `cases/${name}/next`, to: next })
  const failing = step.type === 'command' ? step.onFail : step.type === 'verify' ? step.onTimeout : undefined
  if (failing !== undefined && failing !== 'stop' && failing !== 'continue')
    found.push({ field: step.type === 'command' ? 'onFail' : 'onTimeout', to: failing })
  return found
}

/** Ids of earlier steps that a step speaks of, by field. */
export function earlierOf(step: Step): { field: string; ids: string[] }[] {
  return step.type === 'command' && step.requires ? [{ field: 'requires', ids: step.requires }] : []
}

/** Whether the step below a step is reached from it. A decision only jumps. */
export function goesOn(step: Step): boolean {
  return step.type !== 'decision' && step.next === undefined
}
