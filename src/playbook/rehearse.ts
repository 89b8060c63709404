import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import type { Registry } from './check.ts'
import { compile, type Scope } from './expression.ts'
import type { ActionContext, Step } from './model.ts'
import type { Read } from './read.ts'
import { knownOf, type RehearsedStep, rehearseStep } from './rehearse-step.ts'
import { holds } from './run/walk.ts'
import { explore, type Library, waysOf } from './stops.ts'

export type { RehearsedStep } from './rehearse-step.ts'

type Rehearsing = {
  read: Read
  library: Library
  actions: Registry
  context: ActionContext
  decided: Readonly<Record<string, string>>
  /** Whether the API server can be asked for its dry run. */
  isLive: boolean
  onStep(step: RehearsedStep): void
}

/**
 * Goes the whole path without writing anything: questions are asked, changes planned and tried by the server's dry run. What rests on what a change brings about is
 * known after apply, and where nobody has decided all branches are gone. `inputs` are known.
 */
export async function rehearse(
  about: Rehearsing,
  inputs: Readonly<Record<string, Json>>,
  around: { prefix: string; certain: boolean; isChanged: boolean } = { prefix: '', certain: true, isChanged: false },
): Promise<{ isKnown: boolean; isChanged: boolean }> {
  const scope: Scope = { inputs: { ...inputs }, steps: {} }
  const later = new Set<string>()
  for (const name of Object.keys(about.read.playbook.inputs ?? {}))
    if (!Object.hasOwn(inputs, name)) later.add(`inputs.${name}`)
  let { isChanged } = around
  await explore(about.read.playbook.steps, async (step, { certain, below }) => {
    const key = `${around.prefix}${step.id}`
    const decided = Object.hasOwn(about.decided, key) ? about.decided[key] : undefined
    const guard = step.when === undefined ? true : await guardOf(step.when, scope, later, key)
    const head = {
      step: key,
      type: step.type,
      ...(step.title !== undefined && { title: step.title }),
      ...('run' in step && { run: step.run }),
      certain: around.certain && certain && guard === true,
    }
    if (guard === false) {
      about.onStep({ ...head, certain: around.certain && certain, result: 'skipped', why: `not so: ${step.when}` })
      scope.steps[step.id] = null
      return [below]
    }
    if (step.type === 'call') {
      about.onStep({ ...head, result: 'would', why: `the steps of ${step.playbook}` })
      const given = await knownOf(step.with, scope, later, key)
      const called = { ...about, read: await about.library(step.playbook) }
      const inside = await rehearse(called, given.args, { prefix: `${key}/`, certain: head.certain, isChanged })
      isChanged ||= inside.isChanged
      later.add(`steps.${step.id}`)
      return waysOf(step, below)
    }
    const rehearsed = await rehearseStep(about, step, key, scope, later, decided)
    about.onStep({
      ...head,
      ...rehearsed,
      ...(isChanged && rehearsed.result === 'answered' && { before: true as const }),
    })
    if (rehearsed.result === 'answered' || rehearsed.result === 'unchanged')
      scope.steps[step.id] = rehearsed.outputs ?? null
    else later.add(`steps.${step.id}`)
    if (step.type === 'decision' && decided !== undefined) {
      later.delete(`steps.${step.id}`)
      scope.steps[step.id] = { choice: decided, by: '' }
    }
    isChanged ||= rehearsed.result === 'planned'
    return waysOf(guard === true ? withoutGuard(step) : step, below, decided)
  })
  return { isKnown: later.size === 0, isChanged }
}

function withoutGuard(step: Step): Step {
  const { when: _when, ...rest } = step
  return rest
}

async function guardOf(cel: string, scope: Scope, later: ReadonlySet<string>, key: string): Promise<boolean | 'later'> {
  if ((await compile(cel)).names.some((name) => later.has(name))) return 'later'
  try {
    return await holds(cel, scope, key)
  } catch (error) {
    // Of a step that only some ways come to nothing is known on the others.
    if (!(error instanceof SecureError)) throw error
    return 'later'
  }
}
