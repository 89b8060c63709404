import { micros } from '../../audit-log/event.ts'
import type { Outcome } from '../../audit-log/outcome.ts'
import type { AuditRequest } from '../../audit-log/request.ts'
import { stamp } from '../../audit-log/timeline-clock.ts'
import type { Facts, Json } from '../../bundle/entry.ts'
import type { Bundle } from '../../bundle/read.ts'
import type { BundleClocks } from './clocks.ts'
import { type Found, rowOf, timeOr } from './row.ts'

type Own = {
  path: string
  method: string
  began: string
  ms: number
  code: number | undefined
  line: number
  isSeen: boolean
}

const verbs: Record<string, readonly string[]> = {
  GET: ['get', 'list', 'watch'],
  POST: ['create'],
  PUT: ['update'],
  PATCH: ['patch'],
  DELETE: ['delete', 'deletecollection'],
}
// What it takes from us to the server is no part of any clock.
const slackMs = 1000

/** The requests that made a bundle, by the Audit-IDs that were given to them. */
export type OwnRequests = {
  /**
   * Whether a request of an audit log is one of them: as ours by its Audit-ID, path, verb, user, and the time that it came. A client chooses
   * its Audit-ID and may have seen ours: the id alone would hide whoever sends it again.
   */
  has(request: AuditRequest): boolean
  /** Those that no audit log has shown. */
  rows(): Generator<Found>
}

export async function ownRequests(bundle: Bundle, clocks: BundleClocks, file: string): Promise<OwnRequests> {
  const all = new Map<string, Own>()
  for await (const { request, seq } of bundle.entries('request')) {
    const [id, own] = [request['auditId'], ownOf(request, seq)]
    if (typeof id === 'string' && own) all.set(id, own)
  }
  const operator = operatorOf(bundle.head)
  return {
    has(request) {
      const own = all.get(request.auditID)
      if (!own || own.path !== request.requestURI || !verbs[own.method]?.includes(request.verb)) return false
      const user = (request.impersonatedUser ?? request.user)?.username
      if (user !== operator || !isInTime(request.time, own, clocks)) return false
      own.isSeen = true
      return true
    },
    *rows() {
      for (const [id, { path, method, began, code, line, isSeen }] of all) {
        if (isSeen) continue
        const said = { what: `${method} ${path}`, kind: 'request' as const, by: operator ?? '', own: true as const }
        const row = rowOf(began, clocks.ours, { ...said, outcome: outcomeOf(code), at: [{ file, line }] })
        yield { row, of: id }
      }
    },
  }
}

function isInTime(time: string, { began, ms }: Own, { servers, ours }: BundleClocks): boolean {
  const [seen, sent] = [stamp(time, servers), stamp(began, ours)]
  if (seen.clockUnknown) return false
  const after = ((micros(seen.corrected) ?? Infinity) - (micros(sent.corrected) ?? 0)) / 1000
  return after >= -seen.uncertaintyMs - slackMs && after <= ms + seen.uncertaintyMs + slackMs
}

function ownOf({ path, method, began, ms, answers }: Facts, line: number): Own | undefined {
  const time = timeOr(began)
  if (typeof path !== 'string' || time === undefined) return undefined
  const last: Json | undefined = Array.isArray(answers) ? answers.at(-1) : undefined
  const status = typeof last === 'object' && last !== null && !Array.isArray(last) ? last['status'] : undefined
  return {
    path,
    method: typeof method === 'string' ? method : 'GET',
    began: time,
    ms: typeof ms === 'number' ? ms : 0,
    code: typeof status === 'number' ? status : undefined,
    line,
    isSeen: false,
  }
}

function outcomeOf(code: number | undefined): Outcome {
  const result =
    code === undefined
      ? 'unknown'
      : code < 400
        ? 'done'
        : code === 401
          ? 'unauthenticated'
          : code === 403
            ? 'denied'
            : 'rejected'
  return { decision: 'none', result, ...(code !== undefined && { code }) }
}

/** Who collected, as the API server has authenticated them. */
export function operatorOf({ operator }: Facts): string | undefined {
  const user =
    typeof operator === 'object' && operator !== null && !Array.isArray(operator) ? operator['user'] : undefined
  return typeof user === 'string' ? user : undefined
}
