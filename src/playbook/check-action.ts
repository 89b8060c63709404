import type { Complaint } from '../schema/checked-yaml.ts'
import { withSuggestion } from '../schema/checked-yaml.ts'
import { expressionIn } from './expression.ts'
import type { Action, Step, ValueType } from './model.ts'

type Told = Omit<Complaint, 'line'>
export type Registry = Readonly<Record<string, Action>>

/** Whether the action of a step is there and gets what it takes, and that nothing is destroyed without evidence. Pure. */
export function checkAction(
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

/** Whether a literal is of a type; of an expression the value is checked when it is there. */
export function isOf(type: ValueType, value: unknown): boolean {
  if (type === 'bool') return typeof value === 'boolean'
  if (type === 'number') return typeof value === 'number'
  if (type === 'list') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === 'string'
}
