import type { Json } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import { compile, expressionIn, messageParts, type Scope } from '../expression.ts'
import type { Args, Playbook, Step } from '../model.ts'
import { end } from '../steps.ts'
import type { Entry, Recorded, StepEnd } from './entry.ts'

/** How a run, or a call in it, came to its end. */
export type WalkEnd = { state: 'finished' | 'stopped'; why?: string; outputs: Record<string, Json> }

/** What carries steps out. A step that came to an end before is never carried out again. */
export type Carrier = {
  entries: readonly Recorded[]
  append(entry: Entry): Promise<void>
  /**
   * Does what the step is for; `key` is its id behind those of calls. `following` is where it goes on by itself; `again`: it was begun before, and cut off.
   * Throws where nothing more can be done.
   */
  carryOut(
    step: Step,
    key: string,
    scope: Scope,
    about: { following: string; again: boolean },
  ): Promise<Omit<StepEnd, 'type' | 'step'>>
}

/**
 * Goes through a playbook, from where the journal says that it is: each step that is recorded as done is taken as recorded, and the first that is not is
 * carried out. So a run that was cut off anywhere goes on at the right step, with what was seen then.
 */
export async function walk(
  playbook: Playbook,
  inputs: Record<string, Json>,
  carrier: Carrier,
  prefix = '',
): Promise<WalkEnd> {
  const scope: Scope = { inputs, steps: {} }
  for (let at = 0; ; ) {
    const step = playbook.steps[at]
    if (!step) return { state: 'finished', outputs: scope.steps }
    const key = `${prefix}${step.id}`
    const done =
      endOf(carrier.entries, key) ?? (await take(step, key, scope, playbook.steps[at + 1]?.id ?? end, carrier))
    scope.steps[step.id] = done.outputs
    if (done.outcome === 'failed' && done.next === undefined)
      return { state: 'stopped', outputs: scope.steps, ...(done.why !== undefined && { why: `${key}: ${done.why}` }) }
    const next = done.next ?? (done.outcome === 'skipped' ? undefined : step.next)
    if (next === end) return { state: 'finished', outputs: scope.steps }
    at = next === undefined ? at + 1 : placeOf(playbook, next)
  }
}

/** The end of a step, where it has come to one. What stopped the run is tried again once it is resumed. */
export function endOf(entries: readonly Recorded[], key: string): StepEnd | undefined {
  const found = entries.findLast((entry): entry is Recorded & StepEnd => entry.type === 'done' && entry.step === key)
  if (!found || found.outcome !== 'failed' || found.next !== undefined) return found
  const resumed = entries.findLast((entry) => entry.type === 'note' && entry.kind === 'resume')
  return resumed && resumed.seq > found.seq ? undefined : found
}

async function take(
  step: Step,
  key: string,
  scope: Scope,
  following: string,
  { entries, append, carryOut }: Carrier,
): Promise<StepEnd> {
  const ended = async (end: Omit<StepEnd, 'type' | 'step'>): Promise<StepEnd> => {
    const entry: StepEnd = { type: 'done', step: key, ...end }
    await append(entry)
    return entry
  }
  const guard = await guardOf(step, scope, key)
  if (guard === false) return await ended({ outcome: 'skipped', outputs: null, why: `not so: ${step.when}` })
  const again = entries.some((entry) => entry.type === 'step' && entry.step === key)
  if (!again) await append({ type: 'step', step: key, kind: step.type })
  if (guard !== true) return await ended({ outcome: 'failed', outputs: null, why: guard })
  return await ended(await carryOut(step, key, scope, { following, again }))
}

// In words where nobody can tell: the run stops there as at a step that failed, and says so, with all that it has done.
async function guardOf({ when }: Step, scope: Scope, key: string): Promise<boolean | string> {
  try {
    return when === undefined || (await holds(when, scope, key))
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    return error.message
  }
}

/** Whether a guard holds. Throws SecureError `usage` where it is neither true nor false: what nobody can tell must not let anything happen. */
export async function holds(cel: string, scope: Scope & { outputs?: Json }, key: string): Promise<boolean> {
  const value = await valueOf(cel, scope, key)
  if (typeof value === 'boolean') return value
  throw new SecureError('usage', `${key}: ${cel} is neither true nor false, but ${JSON.stringify(value)}`)
}

/** The values of a step's `with`. */
export async function argsOf(given: Record<string, Json> | undefined, scope: Scope, key: string): Promise<Args> {
  const args: Args = {}
  for (const [name, literal] of Object.entries(given ?? {})) {
    const cel = expressionIn(literal)
    args[name] = cel === undefined ? literal : await valueOf(cel, scope, key)
  }
  return args
}

/** A message with what is in its holes; escaped where it is shown, never here, but for the lines: those of a message are the playbook's own. */
export async function textOf(message: string, scope: Scope, key: string): Promise<string> {
  const parts = await Promise.all(
    messageParts(message).map(async ({ text = '', cel }) =>
      cel === undefined ? text : inWords(await valueOf(cel, scope, key)).replaceAll(/[\r\n]+/g, ' '),
    ),
  )
  return parts.join('')
}

async function valueOf(cel: string, scope: Scope & { outputs?: Json }, key: string): Promise<Json> {
  try {
    return (await compile(cel)).evaluate(scope)
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]
    throw new SecureError('usage', `${key}: ${cel}: ${why}`, { hint: 'has(…) tells whether a field is there' })
  }
}

function inWords(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.map(inWords).join(', ')
  const { name, namespace } = value
  return typeof name === 'string'
    ? `${typeof namespace === 'string' ? `${namespace}/` : ''}${name}`
    : JSON.stringify(value)
}

function placeOf({ steps }: Playbook, id: string): number {
  const at = steps.findIndex((step) => step.id === id)
  // Playbooks are checked before they run, and journals are of the same bytes.
  if (at < 0) throw new TypeError(`there is no step ${id}`)
  return at
}
