import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import type { Choice } from '../playbook/choices.ts'
import { escapeForTerminal, unescapeFromTerminal } from '../text/terminal.ts'
import { untilInterrupted } from './confirm.ts'

// What is recorded stays so.
const says = 'the run stays as it is'
const pageSize = 12
// More than anybody scrolls through; typing narrows it.
const mostShown = 200

/** Throws SecureError `usage` where nobody is there to answer: only a person at a terminal is, never a pipe. */
export function requireTerminal(): void {
  if (isTerminal()) return
  throw new SecureError('usage', 'nobody is there to answer (no terminal)', {
    hint: 'answer by a file: --answers FILE',
  })
}

export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** One of a list that typing narrows. Throws SecureError `interrupted`. */
export async function choose(ask: string, choices: readonly Choice[], optional: boolean): Promise<Json | undefined> {
  requireTerminal()
  const prompts = await import('@inquirer/prompts')
  const shown = choices.map((choice, at) => ({
    value: at,
    name: escapeForTerminal(choice.name),
    ...(choice.about !== '' && { description: escapeForTerminal(choice.about) }),
  }))
  const none = { value: -1, name: '(none)', description: 'leave it out' }
  const source = (term: string | undefined) => {
    const words = (term ?? '').toLowerCase().split(/\s+/)
    const fitting = shown.filter(({ name, description = '' }) => {
      const text = `${name} ${description}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    return [...(optional && term === undefined ? [none] : []), ...fitting.slice(0, mostShown)]
  }
  const at = await untilInterrupted(
    async (signal) =>
      await prompts.search({ message: escapeForTerminal(ask), source, pageSize }, { signal, output: process.stderr }),
    says,
  )
  return choices[at]?.value
}

/** One of a few. Throws SecureError `interrupted`. */
export async function select(ask: string, cases: Readonly<Record<string, string>>): Promise<string> {
  requireTerminal()
  const prompts = await import('@inquirer/prompts')
  const choices = Object.entries(cases).map(([value, label]) => ({ value, name: escapeForTerminal(label) }))
  const config = { message: escapeForTerminal(ask), choices, pageSize }
  return await untilInterrupted(
    async (signal) => await prompts.select(config, { signal, output: process.stderr }),
    says,
  )
}

/** A line of text; asked again until `check` says nothing. Throws SecureError `interrupted`. */
export async function typed(
  ask: string,
  check: (text: string) => Promise<string | undefined>,
  otherwise?: string,
): Promise<string> {
  requireTerminal()
  const prompts = await import('@inquirer/prompts')
  const validate = async (text: string) => {
    const why = await check(unescapeFromTerminal(text.trim()))
    return why === undefined || escapeForTerminal(why)
  }
  const config = {
    message: escapeForTerminal(ask),
    validate,
    ...(otherwise !== undefined && { default: escapeForTerminal(otherwise) }),
  }
  const text = await untilInterrupted(
    async (signal) => await prompts.input(config, { signal, output: process.stderr }),
    says,
  )
  return unescapeFromTerminal(text.trim())
}

/** Yes or no, No by itself; a digest or a name where it has to be typed. Throws SecureError `interrupted`. */
export async function yesOrNo(ask: string, otherwise = false): Promise<boolean> {
  requireTerminal()
  const prompts = await import('@inquirer/prompts')
  const config = { message: escapeForTerminal(ask), default: otherwise }
  return await untilInterrupted(
    async (signal) => await prompts.confirm(config, { signal, output: process.stderr }),
    says,
  )
}
