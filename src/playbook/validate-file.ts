import { resolve } from 'node:path'
import { SecureError } from '../errors.ts'
import { type Complaint, withSuggestion } from '../schema/checked-yaml.ts'
import { actions } from './actions/index.ts'
import { expressionIn } from './expression.ts'
import { openLibrary, type PlaybookLibrary } from './library.ts'
import type { Playbook, Step } from './model.ts'
import { validatePlaybook } from './read.ts'

/** All mistakes of a playbook, those of its calls too. */
export async function mistakesIn(text: string, library: PlaybookLibrary = openLibrary()): Promise<Complaint[]> {
  const { playbook, complaints } = await validatePlaybook(text, actions)
  if (!playbook) return complaints
  const { checkYaml } = await import('../schema/checked-yaml.ts')
  const { lineOf } = await checkYaml(text, {})
  const told = await Promise.all(
    playbook.steps.map(async (step, at) =>
      step.type === 'call'
        ? (await mistakesOfCall(playbook, step, library)).map(({ pointer, why }) => {
            const whole = `/steps/${at}/${pointer}`
            return { line: lineOf(whole), pointer: whole, why }
          })
        : [],
    ),
  )
  return told.flat()
}

/** All mistakes of the tests in a file, which are beside their playbook. */
export async function mistakesInTests(path: string, library: PlaybookLibrary = openLibrary()): Promise<Complaint[]> {
  const { checkedTest, testedBy } = await import('./test/read.ts')
  try {
    const read = await library.find(resolve(testedBy(path) ?? path))
    return (await checkedTest(path, { read, library: library.named, actions })).complaints
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    return [{ line: 1, pointer: '', why: `its playbook: ${error.message}` }]
  }
}

async function mistakesOfCall(
  { metadata }: Playbook,
  step: Extract<Step, { type: 'call' }>,
  library: PlaybookLibrary,
): Promise<{ pointer: string; why: string }[]> {
  if (step.playbook === metadata.name) return [{ pointer: 'playbook', why: 'a playbook cannot call itself' }]
  try {
    const { playbook } = await library.named(step.playbook)
    const known = Object.keys(playbook.inputs ?? {})
    return Object.entries(step.with ?? {}).flatMap(([name, value]) => {
      if (!known.includes(name))
        return [{ pointer: `with/${name}`, why: withSuggestion(`${step.playbook} asks for no ${name}`, name, known) }]
      const isBroken = typeof value === 'string' && value.includes('${{') && expressionIn(value) === undefined
      return isBroken ? [{ pointer: `with/${name}`, why: 'an expression is the whole of a value' }] : []
    })
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    return [{ pointer: 'playbook', why: error.message.split('\n', 1)[0] ?? '' }]
  }
}
