import type { AuditEvent, Stage } from './event.ts'

export type Decision = 'allow' | 'forbid' | 'none'

export type Outcome = {
  /** The authorizer's, by its own annotation. `none`: it was not asked (401, refused impersonation), or that was not logged. */
  decision: Decision
  /**
   * - done: answered with a success;
   * - open: a connection that was up (exec, watch) and whose end is not in the log;
   * - denied: 403 by the authorizer or on the way to it (impersonation);
   * - rejected: allowed by the authorizer and refused later (admission 403, conflict, invalid, not found, 429, 5xx);
   * - unauthenticated: 401;
   * - unknown: nothing says so, or the code is the one the server makes up when a client hangs up.
   */
  result: 'done' | 'open' | 'denied' | 'rejected' | 'unauthenticated' | 'unknown'
  code?: number
  why?: string
}

/**
 * What became of a request. The decision is the annotation, not the code: a 403 may be admission's, and 200 is written
 * too where the connection closed before there was any answer (endpoints/filters/audit.go).
 */
export function outcomeOf(
  { annotations, response }: Pick<AuditEvent, 'annotations' | 'response'>,
  stages: Stage[],
): Outcome {
  const annotation = annotations['authorization.k8s.io/decision']
  const decision = annotation === 'allow' || annotation === 'forbid' ? annotation : 'none'
  const { code, message } = response ?? {}
  const { result, why } = resultOf(decision, code, message, stages)
  const outcome: Outcome = { decision, result }
  if (code !== undefined) outcome.code = code
  if (why !== undefined) outcome.why = why
  return outcome
}

function resultOf(
  decision: Decision,
  code: number | undefined,
  message: string | undefined,
  stages: Stage[],
): { result: Outcome['result']; why?: string | undefined } {
  if (stages.includes('Panic')) return { result: 'unknown', why: 'the API server panicked' }
  if (code === undefined) return { result: 'unknown', why: 'the log has no answer' }
  if (code === 401) return { result: 'unauthenticated', why: message }
  if (code === 403 && decision !== 'allow') return { result: 'denied', why: message }
  if (code >= 400) return { result: 'rejected', why: message }
  if (message === 'Connection closed early') {
    const why = 'the client hung up before an answer: the server logs 200 whatever would have come'
    return { result: 'unknown', why }
  }
  return stages.includes('ResponseComplete') ? done : open
}

const done = { result: 'done' } as const
const open = { result: 'open' } as const

/** Whether it took effect, or may have. */
export function mayHaveHappened({ result }: Outcome): boolean {
  return result === 'done' || result === 'open' || result === 'unknown'
}
