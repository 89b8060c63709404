import type { Question } from '../questions/question.ts'
import { needCoverage, type NeedCoverage } from './need.ts'
import type { LogObserver } from './observe.ts'
import type { AuditPolicy } from './policy.ts'

/** Whether a question can be answered: nothing found means something only where it is answerable. */
export type QuestionCoverage = {
  question: string
  verdict: 'answerable' | 'partly' | 'unanswerable'
  needs: NeedCoverage[]
  /** What no log shows of it. */
  blind?: string
}

/** Which questions a policy lets a log answer. */
export function coverageByPolicy(policy: AuditPolicy, asked: readonly Question[]): QuestionCoverage[] {
  return asked.map((question) =>
    cover(
      question,
      question.needs.map((need) => needCoverage(policy, need)),
    ),
  )
}

/**
 * The same where the policy is not known: from the kinds of requests that the log has. One that is not there was not made, or
 * is not logged; and that some are logged does not say that all are. So nothing is answerable beyond `partly`.
 */
export function coverageByLog(log: LogObserver, asked: readonly Question[]): QuestionCoverage[] {
  return asked.map((question) => {
    const needs = question.needs.map((need): NeedCoverage => {
      const why = log.lacks(need)
      if (why !== undefined) return { need, verdict: 'not-logged', why: [why] }
      return { need, verdict: 'partly', why: ['such requests are in the log; the audit policy may leave out others'] }
    })
    return cover(question, needs)
  })
}

function cover({ id, blind }: Question, needs: NeedCoverage[]): QuestionCoverage {
  const all = (wanted: NeedCoverage['verdict']) => needs.every(({ verdict }) => verdict === wanted)
  const verdict = all('logged') ? 'answerable' : all('not-logged') ? 'unanswerable' : 'partly'
  return { question: id, verdict, needs, ...(blind !== undefined && { blind }) }
}
