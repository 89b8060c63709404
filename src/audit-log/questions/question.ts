import type { Level, RequestAttributes } from '../event.ts'
import type { AuditRequest } from '../request.ts'
import type { Finding, Severity } from './finding.ts'

/** Requests of one kind, in the words of the authorizer: each of the verbs on each of the resources. */
export type RequestKind = {
  verbs: readonly string[]
  group: string
  resources: readonly string[]
  subresource?: string
  /** Only in this namespace. */
  namespace?: string
}

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
   * The requests it is about, no other can answer it; absent where it is about how requests came, whatever they were for. What the log must
   * hold (`needs`) and which rights it takes follow from this.
   */
  about?: readonly RequestKind[]
  /** Rights that it takes and that are no request in the log, and those that one request took; of who was authenticated. */
  takes?: { kinds: readonly RequestKind[]; by: (request: AuditRequest) => RequestAttributes[] }
  /**
   * Words of which every event it needs holds one, for a filter; without them it needs all events. They stand so in objectRef in every
   * way to write JSON: in the URI a client may percent-encode them, quotes may be \" or \u0022.
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
  see: (request: AuditRequest) => readonly Finding[]
  /** What shows only at the end. */
  end?: () => Finding[]
}

/** Whether a request is one of these, by what its objectRef says. A verb that was cut off may be any. */
export function isOf({ verb, object }: Pick<AuditRequest, 'verb' | 'object'>, kind: RequestKind): boolean {
  if (!object || !kind.resources.includes(object.resource) || object.group !== kind.group) return false
  if (object.subresource !== (kind.subresource ?? '') || (verb !== '' && !kind.verbs.includes(verb))) return false
  return kind.namespace === undefined || kind.namespace === object.namespace
}

/** What a log must hold to answer for these requests. */
export function needsOf(about: readonly RequestKind[], level: Need['level'] = 'Metadata'): Need[] {
  return about.flatMap(({ verbs, group, resources, subresource }) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => ({
        verb,
        group,
        resource,
        ...(subresource !== undefined && { subresource }),
        level,
        ...(isLongRunning(verb, subresource) && { longRunning: true as const }),
      })),
    ),
  )
}

// Source: genericfilters.BasicLongRunningRequestCheck, with the verbs and subresources of kube-apiserver.
function isLongRunning(verb: string, subresource = ''): boolean {
  return verb === 'watch' || ['exec', 'attach', 'portforward', 'proxy', 'log'].includes(subresource)
}

/**
 * Words for a filter by resource: as objectRef begins to name it, whichever way its quote is written, and as GKE does in methodName and
 * resourceName. The bare word would be in every line of a service account.
 */
export function resourceWords(...resources: readonly string[]): string[] {
  return resources.flatMap((resource) => ['"', '0022', '.', '/'].map((before) => `${before}${resource}`))
}
