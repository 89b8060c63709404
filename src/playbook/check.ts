import type { Complaint } from '../schema/checked-yaml.ts'
import { withSuggestion } from '../schema/checked-yaml.ts'
import { compile, expressionIn } from './expression.ts'
import type { Action, Input, Playbook, Step, ValueType } from './model.ts'
import { earlierOf, end, expressionsOf, goesOn, jumpsOf } from './steps.ts'

type Told = Omit<Complaint, 'line'>
export type Registry = Readonly<Record<string, Action>>

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
    if (step.type === 'prompt') from((await checkInput('input', step.input, Object.keys(inputs))).map((one) => one))
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

function checkAction(
  step: Extract<Step, { run: string }>,
  steps: Step[],
  places: Map<string, number>,
  actions: Registry,
): Told[] {
  const action = Object.hasOwn(actions, step.run) ? actions[step.run] : undefined
  if (!action)
    return [{ pointer: 'run', why: withSuggestion(`there is no action ${step.run}`, step.run, Object.keys(actions)) }]
  const told: Told[] = []
  const given = step.with ?? {}
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(action.with, name) ? action.with[name] : undefined
    if (!parameter) {
      told.push({
        pointer: `with/${name}`,
        why: withSuggestion(`${step.run} takes no ${name}`, name, Object.keys(action.with)),
      })
      continue
    }
    if (expressionIn(value) === undefined && typeof value === 'string' && value.includes('${{'))
      told.push({
        pointer: `with/${name}`,
        why: 'an expression is the whole of a value: ${{ CEL }}, and nothing around it',
      })
    else if (expressionIn(value) === undefined && !isOf(parameter.type, value))
      told.push({ pointer: `with/${name}`, why: `${step.run} takes a ${parameter.type} for ${name}` })
    if (
      parameter.values &&
      typeof value === 'string' &&
      expressionIn(value) === undefined &&
      !parameter.values.includes(value)
    )
      told.push({
        pointer: `with/${name}`,
        why: withSuggestion(`"${value}" is not one of them`, value, parameter.values),
      })
  }
  for (const [name, { required }] of Object.entries(action.with))
    if (required && !Object.hasOwn(given, name)) told.push({ pointer: 'run', why: `${step.run} needs with.${name}` })
  if (step.type === 'verify' && action.kind !== 'question')
    told.push({ pointer: 'run', why: `${step.run} is no question: verify asks, and changes nothing` })
  if (step.type === 'command' && action.kind === 'change' && action.destroys && !step.destroys?.length)
    told.push({
      pointer: 'run',
      why: `${step.run} destroys: say what is gone then (destroys), and which evidence has it (requires)`,
    })
  if (step.type === 'command' && step.destroys && !step.requires)
    told.push({ pointer: 'destroys', why: 'what is destroyed needs evidence first: name its step in requires' })
  for (const id of (step.type === 'command' && step.requires) || []) {
    const other = steps[places.get(id) ?? -1]
    const kind = other && 'run' in other && Object.hasOwn(actions, other.run) ? actions[other.run]?.kind : undefined
    if (other && kind !== 'evidence') told.push({ pointer: 'requires', why: `step ${id} takes no evidence` })
  }
  return told
}

// Literals alone: of an expression the value is checked when it is there.
function isOf(type: ValueType, value: unknown): boolean {
  if (type === 'bool') return typeof value === 'boolean'
  if (type === 'number') return typeof value === 'number'
  if (type === 'list') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === 'string'
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
