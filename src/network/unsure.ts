import { atMost } from './match.ts'
import type { PartyMatch, Policy } from './model.ts'

/** The same policy, where it is not sure that it has its say. */
export function unsure(policy: Policy, doubt: string): Policy {
  const { subject } = policy
  const key = `${subject.key} ${doubt}`
  const test: PartyMatch['test'] = (party, family) => atMost(subject.test(party, family), doubt)
  return { ...policy, subject: { ...subject, key, test } }
}
