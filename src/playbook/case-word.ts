import { type Complaint } from '../schema/checked-yaml.ts'
import type { Playbook } from './model.ts'

/**
 * The name of a case as it was meant: YAML 1.1 makes true and false of yes and no without quotes, in playbooks as in answers. All of these are `yes` and `no`
 * here, so that quotes make no difference.
 */
export function caseWord(written: string | boolean): string {
  const text = String(written)
  return text === 'true' ? 'yes' : text === 'false' ? 'no' : text
}

/** The playbook with its cases named so; cases that are the same word then are told of. Pure. */
export function withCaseWords(playbook: Playbook): { playbook: Playbook; told: Omit<Complaint, 'line'>[] } {
  const told: Omit<Complaint, 'line'>[] = []
  const steps = playbook.steps.map((step, at) => {
    if (step.type !== 'decision') return step
    const cases: typeof step.cases = {}
    for (const [written, one] of Object.entries(step.cases)) {
      const word = caseWord(written)
      if (Object.hasOwn(cases, word)) told.push({ pointer: `/steps/${at}/cases/${word}`, why: sameWord(word) })
      cases[word] = one
    }
    return { ...step, cases }
  })
  return { playbook: { ...playbook, steps }, told }
}

const sameWord = (word: string): string =>
  `there is a case ${word} already: ${word === 'yes' ? 'yes, "yes" and true' : 'no, "no" and false'} are the same word`
