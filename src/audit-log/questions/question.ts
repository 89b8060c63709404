import type { Level } from '../event.ts'
import type { AuditRequest } from '../request.ts'
import type { Finding, Severity } from './finding.ts'

/** A kind of request that the log must hold, at this level at least, for a question to be answered. */
export type Need = {
  verb: string
  group?: string
  resource?: string
  subresource?: string
  /** For requests that are not to a resource. */
  path?: string
  level: Exclude<Level, 'None'>
  /** Exec and watch: an open one shows by its ResponseStarted alone. */
  longRunning?: true
  /** Only this user counts; `none` is a request that nobody was authenticated for, of which there is but ResponseStarted. */
  user?: 'none' | { name: string; groups: string[] }
}

/** A question an incident responder asks of a log. */
export type Question = {
  id: string
  /** What it answers, as a question. */
  title: string
  severity: Severity
  /** ATT&CK techniques (https://attack.mitre.org, Containers matrix). */
  attack: string[]
  /**
   * Words of which every event it needs holds one, for a filter; without them it needs all events. They are bare, as every
   * way to write JSON has them in objectRef: in the URI a client may percent-encode them, quotes may be \" or \u0022.
   */
  words?: string[]
  needs: Need[]
  /** What no audit log shows of it. */
  blind?: string
  /** Starts a search; requests come in the order of the log. */
  start: (options: QuestionOptions) => Search
}

export type QuestionOptions = {
  /** For bursts: so many refusals of one actor within so many seconds. */
  burst?: { count: number; seconds: number }
  /** For what is first seen: requests before this time are what is known (RFC 3339). */
  knownBefore?: string
}

export type Search = {
  see: (request: AuditRequest) => Finding[]
  /** What shows only at the end. */
  end?: () => Finding[]
}

/** Whether a request is one of these, by what its objectRef says. A verb that was cut off may be any. */
export function isOf(
  { verb, object }: AuditRequest,
  what: { verbs?: readonly string[]; group?: string; resources: readonly string[]; subresource?: string },
): boolean {
  if (!object || (what.verbs && verb !== '' && !what.verbs.includes(verb))) return false
  if (what.group !== undefined && object.group !== what.group) return false
  return what.resources.includes(object.resource) && object.subresource === (what.subresource ?? '')
}
