import { SecureError } from '../errors.ts'
import { formOf } from './input-value.ts'
import type { Need } from './needs.ts'
import type { Read } from './read.ts'

/** Under which word of a file of answers each kind of answer stands. */
export const sections = { input: 'inputs', decision: 'decisions', approval: 'approvals', confirm: 'confirm' } as const

/** One error that names all that is missing: key, type, question. */
export function missingAnswers(what: string, missing: readonly Need[], { playbook, digest }: Read): SecureError {
  const lines = (Object.keys(sections) as Need['kind'][]).flatMap((kind) => {
    const some = missing.filter((need) => need.kind === kind)
    return some.length === 0 ? [] : [`${sections[kind]}:`, ...some.map((need) => `  ${lineOf(need, digest)}`)]
  })
  const { name } = playbook.metadata
  return new SecureError('usage', `${what} ${missing.length} of what playbook ${name} may ask:`, {
    hint: `${lines.join('\n')}\nAnswer it on a terminal, or in a file: --answers FILE (docs/playbooks.md). What is decided in it leaves out the other ways.`,
  })
}

// As it would stand in the file.
function lineOf(need: Need, digest: string): string {
  switch (need.kind) {
    case 'input':
      return `${need.key}: <${need.input.type}>   # ${need.input.ask} (${formOf(need.input)})`
    case 'decision':
      return `${need.key}: <${Object.keys(need.cases).join('|')}>   # ${need.ask}`
    case 'approval':
      return `${need.key}: {by: <${need.role}>, playbook: ${digest}}   # ${need.ask}`
    case 'confirm':
      return need.destroys
        ? `${need.key}: <name of what is destroyed>   # ${need.ask}`
        : `${need.key}: <true|false>   # ${need.ask}`
  }
}
