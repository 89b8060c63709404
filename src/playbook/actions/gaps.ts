import { SecureError } from '../../errors.ts'
import type { Gap } from '../../snapshot/snapshot.ts'

// More than a person looks at, and less than a journal cannot hold.
const most = 1000

/** What every question says of its own answer. */
export const gapOutputs = {
  complete: { type: 'bool', about: 'whether nothing was hidden from it' },
  gaps: { type: 'list', about: 'what could not be seen, and why, as texts' },
} as const

/** As much of a list as an answer holds; what is left out is a gap. */
export function held<T>(list: readonly T[], what: string, gaps: Gap[]): T[] {
  if (list.length > most)
    gaps.push({ what, why: `there are ${list.length}, and an answer has the first ${most}`, hides: 'the others' })
  return list.slice(0, most)
}

/** Throws SecureError `forbidden` where there seems to be nothing to change because it could not be seen. */
export function refuseBlind(action: string, gaps: readonly Gap[]): void {
  const [gap] = gaps
  if (gap) throw new SecureError('forbidden', `${action}: nothing to change was seen, but ${gap.what}: ${gap.why}`)
}

export function told(gaps: readonly Gap[]): { complete: boolean; gaps: string[] } {
  const texts = [...new Set(gaps.map(({ what, why, hides }) => `${what}: ${why}; hides ${hides}`))]
  return { complete: texts.length === 0, gaps: texts.slice(0, most) }
}
