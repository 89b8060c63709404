import type { Json } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import type { Scope } from '../expression.ts'
import { expressionIn } from '../expression.ts'
import type { Input, Step } from '../model.ts'
import type { End } from './carry-command.ts'
import type { RunContext } from './context.ts'
import { argsOf, textOf } from './walk.ts'

type Of<T extends Step['type']> = Extract<Step, { type: T }>

/** A decision of a person; where it goes on is theirs. */
export async function carryDecision(
  { responder, journal }: RunContext,
  step: Of<'decision'>,
  key: string,
  scope: Scope,
): Promise<End> {
  const [ask, help] = await Promise.all([
    textOf(step.ask, scope, key),
    step.help === undefined ? undefined : textOf(step.help, scope, key),
  ])
  const cases = Object.fromEntries(Object.entries(step.cases).map(([name, { label }]) => [name, label]))
  const { value, by } = await responder.decide(key, { ask, ...(help !== undefined && { help }), cases })
  const chosen = Object.hasOwn(step.cases, value) ? step.cases[value] : undefined
  if (!chosen) throw new SecureError('usage', `${key}: there is no case "${value}": ${Object.keys(cases).join(', ')}`)
  await journal.append({ type: 'answer', step: key, by, value })
  return { outcome: 'done', outputs: { choice: value, by }, next: chosen.next }
}

export async function carryPrompt(context: RunContext, step: Of<'prompt'>, key: string, scope: Scope): Promise<End> {
  const value = await inputOf(context, key, step.input, scope)
  return { outcome: 'done', outputs: { value } }
}

/** Asks for a value; it is in the journal once it is known. */
export async function inputOf(
  { responder, journal }: RunContext,
  key: string,
  input: Input,
  scope: Scope,
): Promise<Json> {
  const known = journal.entries.findLast((entry) => entry.type === 'input' && entry.name === key)
  if (known?.type === 'input') return known.value
  const where = input.namespace === undefined ? undefined : await namespaceOf(input.namespace, scope, key)
  const answer = await responder.input(key, input, where === undefined ? {} : { namespace: where })
  if (!answer && !input.optional) throw new SecureError('usage', `${key}: an answer is needed`)
  const value = answer?.value ?? null
  await journal.append({ type: 'input', name: key, value })
  return value
}

/** The namespace that an input names, of a value that is one or its name. */
export async function namespaceOf(written: string, scope: Scope, key: string): Promise<string> {
  if (expressionIn(written) === undefined) return written
  const { namespace } = await argsOf({ namespace: written }, scope, key)
  // The input that it names is a namespace itself, pinned, or its name.
  const name =
    typeof namespace === 'object' && namespace !== null && !Array.isArray(namespace) ? namespace['name'] : namespace
  if (typeof name !== 'string') throw new SecureError('usage', `${key}: ${written} is no namespace`)
  return name
}

/** Somebody answers for the steps that it covers, and for the plans of them that are known. */
export async function carryApproval(
  { responder, journal }: RunContext,
  step: Of<'approval'>,
  key: string,
  scope: Scope,
): Promise<End> {
  const prefix = key.slice(0, key.length - step.id.length)
  const covers = step.covers.map((id) => `${prefix}${id}`)
  const plans = journal.entries.flatMap((entry) =>
    entry.type === 'plan' && covers.includes(entry.step) ? [entry.digest] : [],
  )
  const ask = await textOf(step.ask ?? `May ${step.covers.join(', ')} be done?`, scope, key)
  const { value, by } = await responder.approve(key, { role: step.role, ask, covers, plans })
  await journal.append({ type: 'answer', step: key, by, value, plans })
  return value
    ? { outcome: 'done', outputs: { by, role: step.role } }
    : { outcome: 'failed', outputs: null, why: `${by} did not approve` }
}
