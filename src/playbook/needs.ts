import type { Registry } from './check.ts'
import type { Input } from './model.ts'
import type { Read } from './read.ts'
import { type Library, type Stop, stopsOf } from './stops.ts'

/** What a run may ask of somebody, by the key that the answer has. */
export type Need =
  | { kind: 'input'; key: string; input: Input }
  | { kind: 'decision'; key: string; ask: string; cases: Record<string, string> }
  | { kind: 'approval'; key: string; ask: string; role: string; covers: string[] }
  /** A change that has to be confirmed; where something is destroyed, by the name of what. */
  | { kind: 'confirm'; key: string; ask: string; destroys: boolean }

/** All that a run may ask for, in its order. Pure but for the library. Throws as {@link stopsOf}. */
export async function needsOf(
  read: Read,
  library: Library,
  actions: Registry,
  decided: Readonly<Record<string, string>> = {},
): Promise<Need[]> {
  const own = Object.entries(read.playbook.inputs ?? {}).map(([key, input]): Need => ({ kind: 'input', key, input }))
  const needs = await Promise.all(
    (await stopsOf(read, library, decided)).map(async (stop) => await needsAt(stop, library, actions)),
  )
  return [...own, ...needs.flat()]
}

async function needsAt({ step, key }: Stop, library: Library, actions: Registry): Promise<Need[]> {
  switch (step.type) {
    case 'prompt':
      return [{ kind: 'input', key, input: step.input }]
    case 'decision': {
      const cases = Object.fromEntries(Object.entries(step.cases).map(([name, { label }]) => [name, label]))
      return [{ kind: 'decision', key, ask: step.ask, cases }]
    }
    case 'approval': {
      const { role, covers, ask = `May ${covers.join(', ')} be done?` } = step
      return [{ kind: 'approval', key, ask, role, covers }]
    }
    case 'command': {
      const action = actions[step.run]
      if (action?.kind !== 'change') return []
      const destroys = action.destroys === true || step.destroys !== undefined
      return [{ kind: 'confirm', key, ask: step.title ?? action.summary, destroys }]
    }
    case 'call': {
      const { playbook } = await library(step.playbook)
      return Object.entries(playbook.inputs ?? {}).flatMap(([name, input]): Need[] =>
        step.with && Object.hasOwn(step.with, name) ? [] : [{ kind: 'input', key: `${key}/${name}`, input }],
      )
    }
    case 'get':
    case 'verify':
    case 'wait':
    case 'notify':
    case 'note':
      return []
  }
}

/** Whether a run can go without an answer to it. */
export function isOptional(need: Need): boolean {
  return need.kind === 'input' && (need.input.optional === true || need.input.default !== undefined)
}
