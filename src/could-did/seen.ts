import type { RequestAttributes } from '../audit-log/event.ts'
import type { Outcome } from '../audit-log/outcome.ts'

/** Requests of one actor that are alike to an authorizer, and what it said. */
export type Asked = {
  request: RequestAttributes
  said: 'allowed' | 'refused'
  count: number
  last: string
  /** Why it allowed it, in its own words. */
  reason?: string
}

/** What an actor did of a question. */
export type Did = {
  counts: Partial<Record<Outcome['result'], number>>
  first: string
  last: string
  /** The first lines that show it. */
  lines: { file: string; line: number }[]
  asked: Map<string, Asked>
}

/** Somebody in a log: who was authenticated, in whose name, with all groups that they were seen with. */
export type Seen = {
  by: string
  as?: string
  groups: Set<string>
  requests: number
  first: string
  last: string
  /** Why all of theirs is likely the control plane's own work. */
  routine?: string | undefined
  did: Map<string, Did>
}
