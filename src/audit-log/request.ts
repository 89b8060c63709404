import { createHash } from 'node:crypto'
import { type AuditEvent, depthOf, type Level, micros, type Stage, stages, timeOf } from './event.ts'
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

export type MergeOptions = {
  /** Requests held that are not over yet; above it the oldest are given out as they are. */
  maxOpen?: number
}

/**
 * Merges the stages of requests, in the order in which they end; those that never do come last. Since a client may choose the
 * auditID, and give one to many requests, stages belong together only where user, URI, verb and the time received are
 * equal too: nobody can hide behind another's ID.
 */
export async function* mergeStages(
  events: AsyncIterable<AuditEvent> | Iterable<AuditEvent>,
  { maxOpen = 100_000 }: MergeOptions = {},
): AsyncGenerator<AuditRequest> {
  const open = new Map<string, AuditEvent[]>()
  for await (const event of events) {
    if (open.size === 0 && isLast(event)) {
      yield merge([event])
      continue
    }
    const key = keyOf(event)
    // Without a time received (a cut line) nothing tells which request it is of.
    if (key === undefined) {
      yield merge([event])
      continue
    }
    const stages = open.get(key)
    if (isLast(event)) {
      open.delete(key)
      yield merge(stages ? [...stages, event] : [event])
    } else if (stages) stages.push(event)
    else {
      open.set(key, [event])
      const [oldest] = open.size > maxOpen ? open : []
      if (!oldest) continue
      open.delete(oldest[0])
      yield merge(oldest[1])
    }
  }
  for (const stages of open.values()) yield merge(stages)
}

function keyOf({ auditID, user, requestURI, verb, received }: AuditEvent): string | undefined {
  if (received === undefined) return undefined
  const name = user?.username ?? ''
  // Lengths, so that no two sets of fields make one key.
  const key = `${received} ${auditID.length} ${auditID} ${verb} ${name.length} ${name} ${requestURI}`
  return key.length <= 512 ? key : createHash('sha256').update(key).digest('base64')
}

function merge(events: AuditEvent[]): AuditRequest {
  const [first] = events
  if (first && events.length === 1) return requestOf(first, [first])
  const sorted = events.toSorted((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage))
  // Later stages know more: the response, who was impersonated, the name of what was created.
  const known = Object.assign({}, ...sorted) as AuditEvent
  const truncated = sorted.find((event) => event.truncated)?.truncated
  return {
    ...requestOf(known, sorted),
    annotations: Object.assign({}, ...sorted.map(({ annotations }) => annotations)) as Record<string, string>,
    level: sorted.map(({ level }) => level).reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a)),
    ...(truncated && { truncated }),
  }
}

function requestOf(event: AuditEvent, all: AuditEvent[]): AuditRequest {
  const { auditID, verb, requestURI, user, impersonatedUser, sourceIPs, userAgent, object, response, staged } = event
  const { annotations, level, truncated, requestObject, responseObject } = event
  const reached = all.map(({ stage }) => stage)
  return {
    auditID,
    verb,
    requestURI,
    ...(user && { user }),
    ...(impersonatedUser && { impersonatedUser }),
    sourceIPs,
    ...(userAgent !== undefined && { userAgent }),
    ...(object && { object }),
    ...(response && { response }),
    annotations,
    level,
    stages: reached,
    time: timeOf(event),
    ...(isLast(event) && staged !== undefined && { completed: staged }),
    outcome: outcomeOf(event, reached),
    ...(requestObject !== undefined && { requestObject }),
    ...(responseObject !== undefined && { responseObject }),
    ...(truncated && { truncated }),
    at: all.map(({ at }) => at),
  }
}

function isLast({ stage }: AuditEvent): boolean {
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
