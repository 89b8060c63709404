import type { Engine } from '../change/engine.ts'
import { SecureError } from '../errors.ts'
import type { Answers } from '../playbook/answers.ts'
import { pinned } from '../playbook/pin.ts'
import type { Responder } from '../playbook/run/responder.ts'
import { warn } from '../terminal/messages.ts'
import { showChange } from './playbook-change.ts'
import type { Voice } from './playbook-voice.ts'

/** A file of answers as the responder of a run: what is not in it is not done. */
export function unattended(engine: Engine, answers: Answers, path: string, voice: Voice): Responder {
  const by = engine.user.name
  // A key may be called as what every object has, and is answered by the file alone.
  const own = <T>(section: Record<string, T>, key: string) => (Object.hasOwn(section, key) ? section[key] : undefined)
  const missing = (key: string) => new SecureError('usage', `${key}: there is no answer to it in ${path}`)
  return {
    say: voice.say,
    async input(key, input, where) {
      const given = own(answers.inputs, key)
      const value = given ?? input.default
      if (value === undefined) return undefined
      try {
        return { value: await pinned(engine.cluster, input, value, { ...where, warn }), by }
      } catch (error) {
        const what = given === undefined ? `the default of ${key}` : `${path}: inputs.${key}`
        throw error instanceof SecureError ? error.with({ message: `${what}: ${error.message}` }) : error
      }
    },
    async decide(key) {
      const value = own(answers.decisions, key)
      if (value === undefined) throw missing(key)
      return { value, by }
    },
    async approve(key, { plans }) {
      const given = own(answers.approvals, key)
      if (!given) throw missing(key)
      const other = plans.find((digest) => !given.plans?.includes(digest))
      if (other !== undefined)
        throw new SecureError('usage', `${path}: approvals.${key} is not of the plan ${other}, which it would cover`)
      return { value: true, by: `${given.by} (in the answers of ${by})` }
    },
    async mayApply(key, action, planned, destroys) {
      voice.hush()
      const names = await showChange(engine, action, planned, destroys, 'none')
      const given = own(answers.confirm, key)
      if (given === undefined) throw missing(key)
      if (given === false || names.length === 0) return { value: given !== false, by }
      const said = typeof given === 'string' ? [given] : given === true ? [] : given
      const unsaid = names.filter((name) => !said.includes(name))
      if (unsaid.length > 0)
        throw new SecureError('usage', `${key} destroys ${unsaid.join(', ')}, which confirm.${key} does not name`, {
          hint: `name it in ${path}: what is gone does not come back`,
        })
      return { value: true, by }
    },
  }
}
