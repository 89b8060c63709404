import { randomInt } from 'node:crypto'

// No vowels and nothing that sounds or looks alike: it is read aloud, and never spells a word.
const letters = 'bcdfghjkmnpqrstvwxz2456789'

/** A new id for a plan: 12 random letters and digits (56 bits) in groups of four, fit for object names and labels. */
export function newPlanId(): string {
  const part = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')
  return [part(), part(), part()].join('-')
}

const form = new RegExp(`^[${letters}]{4}(?:-[${letters}]{4}){2}$`)

/** Whether a text may have come from {@link newPlanId}: narrower than what may be the name of a journal (journal/names.ts). */
export function mayBeNewPlanId(text: string): boolean {
  return form.test(text)
}
