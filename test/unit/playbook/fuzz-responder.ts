import type { Engine } from '../../../src/change/engine.ts'
import type { Json, Plan } from '../../../src/change/plan.ts'
import { messageParts } from '../../../src/playbook/expression.ts'
import type { InputType } from '../../../src/playbook/model.ts'
import { pinned } from '../../../src/playbook/pin.ts'
import type { Responder } from '../../../src/playbook/run/responder.ts'

/** What a drawn playbook is tried on: an engine, what may be answered to inputs of a type, and is to inputs of a name, and whether it is a server. */
export type World = {
  engine: Engine
  answers: Partial<Record<InputType, Json[]>>
  named?: Readonly<Record<string, Json>>
  isLive: boolean
}
/** `declines`: nobody confirms a change. `unsigned`: the playbook is of nobody, and somebody would confirm all. */
export type Mood = 'confirms' | 'declines' | 'unsigned'
/** Somebody who answers by turns: mostly what is there, now and then something odd; of a name that has its own answer, that. `plans` are those that they confirm. */
export function responderOf(
  { answers, named = {}, engine }: World,
  choice: () => number,
  mood: Mood,
  plans: Plan[],
): Responder {
  const by = engine.user.name
  const warn = () => {}
  return {
    async input(key, input, where) {
      const own = Object.hasOwn(named, key) ? named[key] : undefined
      if (own !== undefined) return { value: await pinned(engine.cluster, input, own, { ...where, warn }), by }
      const right = [...(answers[input.type] ?? []), ...(input.type === 'enum' ? (input.values ?? []) : [])]
      const odd = [null, 'shop/web-0', '../../x', '${{ 1 }}', true, ['a']]
      const from = choice() % 60 !== 59 && right.length > 0 ? right : odd
      const value = from[choice() % from.length]
      if (value === undefined || value === null) return undefined
      return { value: await pinned(engine.cluster, input, value, { ...where, warn }), by }
    },
    decide: (_key, { cases }) => Promise.resolve({ value: Object.keys(cases)[choice() % 2] ?? '', by }),
    approve: () => Promise.resolve({ value: choice() % 5 !== 4, by }),
    mayApply(_key, _action, { plan }) {
      const value = mood !== 'declines' && (mood === 'unsigned' || choice() % 5 !== 4)
      if (value) plans.push(structuredClone(plan))
      return Promise.resolve({ value, by })
    },
    say: (event) => void (event.kind === 'note' && messageParts(event.text)),
  }
}

/** The values of all inputs, as they answer. */
export async function answered(
  wanted: Record<string, never> | object,
  responder: Responder,
): Promise<Record<string, Json>> {
  const values: Record<string, Json> = {}
  for (const [key, input] of Object.entries(wanted) as [string, Parameters<Responder['input']>[1]][])
    values[key] = (await responder.input(key, input, {}))?.value ?? null
  return values
}
