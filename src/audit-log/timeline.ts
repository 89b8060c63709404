import { sourceOf } from './event.ts'
import type { Outcome } from './outcome.ts'
import { actorsOf, type AuditRequest } from './request.ts'
import { type SourceClock, type Stamp, stamp } from './timeline-clock.ts'

/**
 * Where an entry comes from: an audit log, a Kubernetes Event, what an object or a log tells of a change of state, a request of this tool's
 * own, a change that this tool made.
 */
export type EntryKind = 'audit' | 'event' | 'state' | 'request' | 'change'

/** Something that happened, from whatever source. All its text is hostile. */
export type TimelineEntry = Stamp & {
  kind: EntryKind
  /** Empty: nobody knows. */
  by: string
  /** `by` is what somebody wrote there, and nobody was authenticated as it. */
  claimed?: true
  as?: string
  from?: string
  what: string
  namespace?: string
  name?: string
  outcome?: Outcome
  /** Made by this tool itself. */
  own?: true
  at: { file: string; line: number }[]
}

/** A request as an entry of a timeline; `own`: this tool made it, as far as the caller can prove. */
export function timelineEntry(
  request: AuditRequest,
  { clock = { source: 'audit' }, own = false }: { clock?: SourceClock; own?: boolean } = {},
): TimelineEntry {
  const { object, verb, requestURI, time, outcome, at } = request
  const from = sourceOf(request)
  const target = object && `${object.resource}${object.subresource && `/${object.subresource}`}`
  return {
    kind: 'audit',
    ...stamp(time, clock),
    ...actorsOf(request),
    ...(from !== undefined && { from }),
    what: `${verb} ${target ?? requestURI}`,
    ...(object?.namespace && { namespace: object.namespace }),
    ...(object?.name && { name: object.name }),
    outcome,
    ...(own && { own: true as const }),
    at,
  }
}
