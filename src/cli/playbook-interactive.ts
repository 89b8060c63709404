import type { Engine } from '../change/engine.ts'
import type { Json } from '../change/plan.ts'
import { isForbidden, SecureError } from '../errors.ts'
import { choicesOf } from '../playbook/choices.ts'
import { formOf, isObject } from '../playbook/input-value.ts'
import type { Input } from '../playbook/model.ts'
import { pinned } from '../playbook/pin.ts'
import type { Responder } from '../playbook/run/responder.ts'
import { count, objectText, placeText } from '../terminal/change-text.ts'
import { lookOf } from '../terminal/look.ts'
import { note, warn } from '../terminal/messages.ts'
import { choose, select, typed, yesOrNo } from '../terminal/playbook-prompts.ts'
import { startProgress } from '../terminal/progress.ts'
import { Sheet } from '../terminal/sheet.ts'
import { showChange } from './playbook-change.ts'
import type { Voice } from './playbook-voice.ts'

/** A person at a terminal as the responder of a run. */
export function interactive(engine: Engine, voice: Voice): Responder {
  const by = engine.user.name
  return {
    say: voice.say,
    async input(_key, input, where) {
      voice.hush()
      const value = await askInput(engine, input, where)
      return value === undefined ? undefined : { value, by }
    },
    async decide(_key, { ask, help, cases }) {
      voice.hush()
      if (help !== undefined) tell(help)
      return { value: await select(ask, cases), by }
    },
    async approve(_key, { role, ask, covers, plans }) {
      voice.hush()
      tell(`Covers: ${covers.join(', ')}`)
      for (const digest of plans) tell(`Plan: sha256 ${digest}`)
      return { value: await yesOrNo(`As ${role}: ${ask}`), by }
    },
    async mayApply(_key, action, planned, destroys) {
      voice.hush()
      const names = await showChange(engine, action, planned, destroys, 'lasting')
      const { changes } = planned.plan
      const ask = `Make ${count(changes.length, 'change')} to ${placeText(engine.cluster)} as ${by}`
      const [first] = names
      if (first === undefined) return { value: await yesOrNo(`${ask}?`), by }
      warn(`this cannot be taken back: ${destroys.length > 0 ? destroys.map(objectText).join(', ') : names.join(', ')}`)
      const check = (text: string) =>
        Promise.resolve(text === '' || text === first ? undefined : `that is not ${first}; Enter alone stops`)
      return { value: (await typed(`${ask}? Type ${first} to go on:`, check)) === first, by }
    },
  }
}

async function askInput(engine: Engine, input: Input, where: { namespace?: string }): Promise<Json | undefined> {
  const { cluster } = engine
  const optional = input.optional === true && input.default === undefined
  if (input.type === 'bool') return await yesOrNo(input.ask, input.default === true)
  if (input.type === 'enum') {
    const cases = Object.fromEntries((input.values ?? []).map((value) => [value, value]))
    const chosen = await select(input.ask, optional ? { ...cases, '': '(none)' } : cases)
    return chosen === '' ? undefined : chosen
  }
  const choices = await listed(engine, input, where.namespace)
  if (choices && choices.length > 0) return await choose(input.ask, choices, optional)
  if (choices && isObject(input.type)) {
    const place = where.namespace === undefined ? 'the cluster' : `the namespace ${where.namespace}`
    if (optional) return undefined
    throw new SecureError('not-found', `"${input.ask}": there is no ${input.type} in ${place}`)
  }
  let value: Json | undefined
  const around = { ...where, warn }
  await typed(
    `${input.ask} (${formOf(input)}${optional ? '; Enter alone leaves it out' : ''})`,
    async (text) => {
      if (text === '' && optional) return undefined
      try {
        value = await pinned(cluster, input, text, around)
        return undefined
      } catch (error) {
        if (!(error instanceof SecureError) || !['usage', 'not-found', 'conflict'].includes(error.code)) throw error
        return error.message
      }
    },
    typeof input.default === 'string' ? input.default : undefined,
  )
  return value
}

async function listed({ cluster }: Engine, input: Input, namespace: string | undefined) {
  const progress = startProgress(`listing for "${input.ask}"`)
  try {
    return await choicesOf(cluster, input, namespace)
  } catch (error) {
    if (!isForbidden(error)) throw error
    note(`they may not be listed, so it has to be typed: ${(error as SecureError).message}`)
    return undefined
  } finally {
    progress.stop()
  }
}

function tell(text: string): void {
  const sheet = new Sheet()
  for (const line of text.trimEnd().split('\n')) sheet.line(line, { indent: 2 })
  process.stderr.write(sheet.toText(lookOf(process.stderr)))
}
