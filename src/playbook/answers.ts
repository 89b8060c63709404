import type { Json } from '../change/plan.ts'
import { SecureError } from '../errors.ts'
import { type Checked, type Complaint, complaintText, readChecked, withSuggestion } from '../schema/checked-yaml.ts'
import { answersSchema } from './answers-schema.ts'
import { caseWord } from './case-word.ts'
import type { Registry } from './check.ts'
import { valueOf } from './input-value.ts'
import { missingAnswers, sections } from './missing-answers.ts'
import { isOptional, type Need, needsOf } from './needs.ts'
import type { Read } from './read.ts'
import type { Library } from './stops.ts'

/** What a machine answers a run with; keys as in {@link Need}. */
export type Answers = {
  inputs: Record<string, Json>
  decisions: Record<string, string>
  approvals: Record<string, { by: string; playbook: string; plans?: string[] }>
  confirm: Record<string, boolean | string | string[]>
}
/** What may be asked: `isSettled` is what is answered already, of a run that is gone on with, and `decided` its decisions. */
export type Asking = {
  read: Read
  library: Library
  actions: Registry
  decided?: Record<string, string>
  isSettled?: (need: Need) => boolean
}
// A case may be called true or false: YAML makes that of yes and no.
type Words = Partial<Omit<Answers, 'decisions'>> & { decisions?: Record<string, string | boolean> }
type Written = Checked<Words | null>

/**
 * The answers of a file, held against all that a run of this playbook may ask for. Throws SecureError `usage`, once, with all that is wrong (by line, with what was
 * meant) or missing (with its type and question).
 */
export async function readAnswers(path: string, about: Asking): Promise<Answers> {
  return await checkAnswers(path, await readChecked(path, answersSchema), about)
}

/** The same of what was read. */
export async function checkAnswers(
  path: string,
  { value, complaints, lineOf }: Written,
  about: Asking,
): Promise<Answers> {
  if (!value) throw wrongFile(path, complaints)
  const { read, library, actions } = about
  const answers = answersOf(value)
  const all = await needsOf(read, library, actions)
  const wrong = wrongIn(answers, all, read.digest).map((one) => ({ ...one, line: lineOf(one.pointer) }))
  if (wrong.length > 0) throw wrongFile(path, wrong)
  const missing = await missingOf(answers, about)
  if (missing.length > 0) throw missingAnswers(`${path} does not answer`, missing, read)
  return answers
}

/** Answers as they are written, with the words of cases as playbooks have them. Pure. */
export function answersOf(written: Words): Answers {
  const decisions = Object.entries(written.decisions ?? {}).map(([key, chosen]) => [key, caseWord(chosen)])
  return { ...noAnswers, ...written, decisions: Object.fromEntries(decisions) as Answers['decisions'] }
}

/** What a run may need an answer to, on the ways that are still open, and has none. */
export async function missingOf(
  answers: Answers,
  { read, library, actions, decided = {}, isSettled = () => false }: Asking,
): Promise<Need[]> {
  const needs = await needsOf(read, library, actions, { ...answers.decisions, ...decided })
  return needs.filter(
    (need) => !isOptional(need) && !isSettled(need) && !Object.hasOwn(answers[sections[need.kind]], need.key),
  )
}

export const noAnswers: Answers = { inputs: {}, decisions: {}, approvals: {}, confirm: {} }

// Every line of an error but its first is in its hint, where lines are shown as lines.
function wrongFile(path: string, complaints: readonly Complaint[]): SecureError {
  const lines = complaintText(path, complaints)
  return new SecureError('usage', `these answers are not of this playbook, or not right`, {
    hint: `${lines}\ndocs/playbooks.md says what answers look like`,
  })
}

type Told = { pointer: string; why: string }

/** Answers to what nothing asks for, and those that are no answer to what is asked. Pure. */
export function wrongIn(answers: Answers, needs: readonly Need[], digest: string): Told[] {
  return (Object.keys(sections) as Need['kind'][]).flatMap((kind) => {
    const section = sections[kind]
    const known = new Map(needs.flatMap((need) => (need.kind === kind ? [[need.key, need] as const] : [])))
    return Object.entries(answers[section]).flatMap(([key, value]): Told[] => {
      const pointer = `/${section}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const need = known.get(key)
      if (!need) {
        // It is an answer to something else: saying so helps more than a guess.
        const other = needs.find((one) => one.key === key)
        const why = other ? `${key} belongs under ${sections[other.kind]}` : `nothing asks for ${key}`
        return [{ pointer, why: other ? why : withSuggestion(why, key, known.keys()) }]
      }
      const why = whatIsWrong(need, value, digest)
      return why === undefined ? [] : [{ pointer, why }]
    })
  })
}

function whatIsWrong(need: Need, value: Json, digest: string): string | undefined {
  switch (need.kind) {
    case 'input':
      try {
        valueOf(need.input, value)
        return undefined
      } catch (error) {
        if (!(error instanceof SecureError)) throw error
        return error.message
      }
    case 'decision': {
      const cases = Object.keys(need.cases)
      const chosen = value as string
      return cases.includes(chosen) ? undefined : withSuggestion(`there is no case "${chosen}"`, chosen, cases)
    }
    case 'approval': {
      const { playbook } = value as Answers['approvals'][string]
      return playbook === digest ? undefined : `it approves another playbook: this one is ${digest}`
    }
    case 'confirm':
      return need.destroys && value === true
        ? 'it destroys: what is destroyed has to be named here, true is not enough'
        : undefined
  }
}
