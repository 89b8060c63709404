import { type AuditEvent, type Level, micros, type Stage, timeOf } from './event.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

/** One request: its stages merged. */
export type AuditRequest = Omit<AuditEvent, 'stage' | 'received' | 'staged' | 'shipped' | 'level' | 'at'> & {
  /** The highest level that a stage was logged at. */
  level: Level | undefined
  stages: Stage[]
  /** When it came in, and when it was over, as far as the log says. */
  time: string
  completed?: string
  outcome: Outcome
  /** Every line that shows it. */
  at: AuditEvent['at'][]
}

/** The request that these events are stages of; `event` has what is known of it together. */
export function requestOf(event: AuditEvent, all: AuditEvent[]): AuditRequest {
  const { auditID, verb, requestURI, sourceIPs, annotations, level, staged } = event
  const [only] = all.length === 1 ? all : []
  const stages = only ? [only.stage] : all.map(({ stage }) => stage)
  const request: AuditRequest = {
    auditID,
    verb,
    requestURI,
    sourceIPs,
    annotations,
    level,
    stages,
    time: timeOf(event),
    outcome: outcomeOf(event, stages),
    at: only ? [only.at] : all.map(({ at }) => at),
  }
  // One by one: this is done for every line, and spreading objects takes longer than all the rest.
  if (event.user) request.user = event.user
  if (event.impersonatedUser) request.impersonatedUser = event.impersonatedUser
  if (event.userAgent !== undefined) request.userAgent = event.userAgent
  if (event.object) request.object = event.object
  if (event.response) request.response = event.response
  if (isLast(event) && staged !== undefined) request.completed = staged
  if (event.requestObject) request.requestObject = event.requestObject
  if (event.responseObject) request.responseObject = event.responseObject
  if (event.truncated) request.truncated = event.truncated
  return request
}

/** Whether a request is over with it. */
export function isLast({ stage }: AuditEvent): boolean {
  return stage === 'ResponseComplete' || stage === 'Panic'
}

/** How long a request took, in microseconds: of an exec or a watch, how long it was open. */
export function duration({ time, completed }: AuditRequest): number | undefined {
  const from = micros(time)
  const to = completed === undefined ? undefined : micros(completed)
  return from === undefined || to === undefined ? undefined : to - from
}

/** What the client asked for behind the path of the URI. */
export function queryOf({ requestURI }: Pick<AuditRequest, 'requestURI'>): URLSearchParams {
  const start = requestURI.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : requestURI.slice(start + 1))
}

/** Who acted, and as whom. */
export function actorsOf({ user, impersonatedUser }: Pick<AuditRequest, 'user' | 'impersonatedUser'>): {
  by: string
  as?: string
} {
  const by = user?.username ?? ''
  return impersonatedUser ? { by, as: impersonatedUser.username } : { by }
}
