import type { AuditRequest } from '../request.ts'
import { type Finding, findingOf } from './finding.ts'
import { isOf, type Need, needsOf, type Question } from './question.ts'

const none: readonly Finding[] = []

type Each = Omit<Question, 'start' | 'needs'> & {
  /** What it did, or undefined. Of a question with `about` it is only asked of such requests. */
  match: (request: AuditRequest) => string | undefined
  /** Where it is not what the log must hold of `about`, at level Metadata. */
  needs?: Need[]
}

/** A question that each request answers for itself. */
export function each({ match, needs, ...rest }: Each): Question {
  const { about } = rest
  const see = (request: AuditRequest) => {
    if (about && !about.some((kind) => isOf(request, kind))) return none
    const what = match(request)
    return what === undefined ? none : [findingOf(request, rest, what)]
  }
  return { ...rest, needs: needs ?? needsOf(about ?? []), start: () => ({ see }) }
}
