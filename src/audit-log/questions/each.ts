import type { AuditRequest } from '../request.ts'
import { findingOf } from './finding.ts'
import type { Question } from './question.ts'

/** A question that each request answers for itself: `match` says what it did, or undefined. */
export function each(
  question: Omit<Question, 'start'> & { match: (request: AuditRequest) => string | undefined },
): Question {
  const { match, ...rest } = question
  const see = (request: AuditRequest) => {
    const what = match(request)
    return what === undefined ? [] : [findingOf(request, rest, what)]
  }
  return { ...rest, start: () => ({ see }) }
}
