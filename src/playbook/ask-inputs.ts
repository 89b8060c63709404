import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import type { Playbook } from './model.ts'
import { namespaceOf } from './run/carry-ask.ts'
import type { Answer, Responder } from './run/responder.ts'

/**
 * Asks for the inputs of a playbook before a run of it is begun: a name that is not there leaves no run behind, and the rights of the path can be asked for. The
 * responder that comes back gives the same again. Throws SecureError.
 */
export async function askInputs(
  { inputs = {} }: Playbook,
  responder: Responder,
): Promise<{ values: Record<string, Json>; responder: Responder }> {
  const values: Record<string, Json> = {}
  const given = new Map<string, Answer<Json> | undefined>()
  for (const [name, input] of Object.entries(inputs)) {
    const namespace =
      input.namespace === undefined
        ? undefined
        : await namespaceOf(input.namespace, { inputs: values, steps: {} }, name)
    const answer = await responder.input(name, input, namespace === undefined ? {} : { namespace })
    if (!answer && !input.optional) throw new SecureError('usage', `${name}: an answer is needed`)
    given.set(name, answer)
    values[name] = answer?.value ?? null
  }
  return {
    values,
    responder: {
      ...responder,
      input: async (key, input, where) => (given.has(key) ? given.get(key) : await responder.input(key, input, where)),
    },
  }
}
