import type { Complaint } from '../schema/checked-yaml.ts'
import { withSuggestion } from '../schema/checked-yaml.ts'
import { checkAction, type Registry } from './check-action.ts'
import { compile, expressionIn } from './expression.ts'
import { valueOf } from './input-value.ts'
import type { Input, Playbook, Step } from './model.ts'
import { earlierOf, end, expressionsOf, goesOn, jumpsOf } from './steps.ts'

type Told = Omit<Complaint, 'line'>
export type { Registry } from './check-action.ts'

/**
 * What a schema cannot say of a playbook: that ids are there and come earlier or later as they must, that every step can be reached, that expressions are
 * CEL over what is known by then, that actions exist and get what they take, and that nothing is destroyed without evidence.
 */
export async function checkPlaybook(playbook: Playbook, actions: Registry): Promise<Told[]> {
  const told: Told[] = []
  const { inputs = {}, steps } = playbook
  for (const [name, input] of Object.entries(inputs))
    told.push(...(await checkInput(`/inputs/${name}`, input, Object.keys(inputs), name)))
  const places = new Map<string, number>()
  for (const [at, { id }] of steps.entries()) {
    const pointer = `/steps/${at}/id`
    if (id === end) told.push({ pointer, why: `"${end}" is where a run ends: call the step otherwise` })
    if (places.has(id)) told.push({ pointer, why: `there is a step ${id} already` })
    else places.set(id, at)
  }
  for (const [at, step] of steps.entries()) {
    const pointer = `/steps/${at}`
    const from = (found: Told[]) => told.push(...found.map((one) => ({ ...one, pointer: `${pointer}/${one.pointer}` })))
    from(checkJumps(step, at, places))
    from(await checkExpressions(step, at, places, Object.keys(inputs)))
    if (step.type === 'command' || step.type === 'verify') from(checkAction(step, steps, places, actions))
    if (step.type === 'prompt') {
      from(await checkInput('input', step.input, Object.keys(inputs)))
      // Both would be the same line in journals and answers.
      if (Object.hasOwn(inputs, step.id))
        from([{ pointer: 'id', why: `there is an input ${step.id} already: call the step otherwise` }])
    }
    if (step.type === 'approval') from(step.covers.flatMap((id) => laterOnly('covers', id, at, places)))
  }
  told.push(...unreachable(steps, places))
  return told
}

async function checkInput(pointer: string, input: Input, names: string[], own?: string): Promise<Told[]> {
  const told: Told[] = []
  if ((input.type === 'enum') !== (input.values !== undefined))
    told.push({
      pointer,
      why: input.type === 'enum' ? 'an enum needs values' : `values are of an enum, not of a ${input.type}`,
    })
  if (input.pattern !== undefined) {
    if (input.type !== 'string')
      told.push({ pointer: `${pointer}/pattern`, why: `a pattern is of a string, not of a ${input.type}` })
    try {
      RegExp(input.pattern, 'u')
    } catch (error) {
      told.push({ pointer: `${pointer}/pattern`, why: error instanceof Error ? error.message : String(error) })
    }
  }
  if (input.default !== undefined && told.length === 0)
    try {
      valueOf(input, input.default)
    } catch (error) {
      told.push({ pointer: `${pointer}/default`, why: firstLine(error) })
    }
  const cel = input.namespace === undefined ? undefined : expressionIn(input.namespace)
  if (cel === undefined) return told
  const before = own === undefined ? names : names.slice(0, names.indexOf(own))
  try {
    for (const used of (await compile(cel)).names) {
      const name = used.slice(used.indexOf('.') + 1)
      if (used.startsWith('inputs.') && !before.includes(name))
        told.push({
          pointer: `${pointer}/namespace`,
          why: withSuggestion(`${used} is not known by then`, name, before),
        })
    }
  } catch (error) {
    told.push({ pointer: `${pointer}/namespace`, why: firstLine(error) })
  }
  return told
}

function checkJumps(step: Step, at: number, places: Map<string, number>): Told[] {
  return [
    ...jumpsOf(step).flatMap(({ field, to }) => (to === end ? [] : laterOnly(field, to, at, places))),
    ...earlierOf(step).flatMap(({ field, ids }) =>
      ids.flatMap((id): Told[] => {
        const place = places.get(id)
        if (place === undefined)
          return [{ pointer: field, why: withSuggestion(`there is no step ${id}`, id, places.keys()) }]
        return place < at ? [] : [{ pointer: field, why: `step ${id} does not come before` }]
      }),
    ),
  ]
}

function laterOnly(field: string, id: string, at: number, places: Map<string, number>): Told[] {
  const place = places.get(id)
  if (place === undefined)
    return [{ pointer: field, why: withSuggestion(`there is no step ${id}`, id, [...places.keys(), end]) }]
  return place > at ? [] : [{ pointer: field, why: `step ${id} does not come later: a playbook only goes forwards` }]
}

async function checkExpressions(
  step: Step,
  at: number,
  places: Map<string, number>,
  inputs: string[],
): Promise<Told[]> {
  const told: Told[] = []
  for (const { field, cel, outputs } of expressionsOf(step)) {
    try {
      const { names, usesOutputs } = await compile(cel)
      if (usesOutputs && !outputs) told.push({ pointer: field, why: 'outputs is of until alone: write steps.ID' })
      for (const used of names) {
        const [kind, name = ''] = used.split('.')
        const known = kind === 'inputs' ? inputs : [...places].filter(([, place]) => place < at).map(([id]) => id)
        if (!known.includes(name))
          told.push({ pointer: field, why: withSuggestion(`${used} is not known by then`, name, known) })
      }
    } catch (error) {
      told.push({ pointer: field, why: firstLine(error) })
    }
  }
  return told
}

function unreachable(steps: Step[], places: Map<string, number>): Told[] {
  const reached = new Set([0])
  for (const [at, step] of steps.entries()) {
    if (!reached.has(at)) continue
    if (goesOn(step) || step.when !== undefined) reached.add(at + 1)
    for (const { to } of jumpsOf(step)) reached.add(places.get(to) ?? -1)
  }
  return steps.flatMap((step, at) =>
    reached.has(at) ? [] : [{ pointer: `/steps/${at}`, why: `no way leads to step ${step.id}` }],
  )
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
