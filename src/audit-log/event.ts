import type { Body } from './read/body.ts'

/** Who a request came from, as the API server authenticated it. Every field is hostile text. */
export type Actor = { username: string; groups: string[]; uid?: string; extra: Record<string, string[]> }

/** The object a request is aimed at. `name` of a `create` is from the body where the policy let the server see it. */
export type EventObject = {
  group: string
  version: string
  resource: string
  subresource: string
  namespace: string
  name: string
  uid?: string
}

/** In the order in which a request goes through them. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]
/** Each holds what those before it do. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]

/** Why an event has less in it than the API server wrote: what is missing must not be taken for absent. */
export type Truncation =
  | 'cut' // the line ends in the middle (CloudWatch, AKS, a full disk): the fields before the end are whole
  | 'too-long' // longer than is held in memory: its bodies were left out here
  | 'by-server' // the API server's own truncation (annotation audit.k8s.io/truncated): no bodies

/** One stage of one request, whatever format it came in. Absent fields are those that the log does not have. */
export type AuditEvent = {
  /** Chosen by the client where it sends an Audit-ID header: no key, and no proof of anything. */
  auditID: string
  stage: Stage
  level: Level | undefined
  verb: string
  requestURI: string
  /** Undefined where nobody was authenticated (401), or the line was cut before it. */
  user?: Actor
  impersonatedUser?: Actor
  /** As logged: all but the last may be written by the client. See `sourceOf`. */
  sourceIPs: string[]
  /** Written by the client. */
  userAgent?: string
  object?: EventObject
  response?: { code?: number; status?: string; reason?: string; message?: string }
  /** When the request came in, RFC 3339 in UTC; the same in every stage of a request. */
  received?: string
  /** When this stage was reached. */
  staged?: string
  /** The time that the log shipper gave the line, where it came in an envelope. */
  shipped?: string
  annotations: Record<string, string>
  requestObject?: Body
  responseObject?: Body
  truncated?: Truncation
  /** Where it stands; lines count from 1 in the decompressed text. */
  at: { file: string; line: number }
}

/** The best known time of an event: when the request came, else when the stage was reached, else what the shipper says. */
export function timeOf({ received, staged, shipped }: Pick<AuditEvent, 'received' | 'staged' | 'shipped'>): string {
  return received ?? staged ?? shipped ?? ''
}

/** How much a level holds, to compare it with others; one that is not known, the least. */
export function depthOf(level: Level | undefined): number {
  return level === undefined ? -1 : levels.indexOf(level)
}

/** RFC 3339 time as microseconds since 1970, or undefined where it is none. */
export function micros(time: string): number | undefined {
  // As the API server writes them; those of one minute come together.
  if (time.length === 27 && serverTime.test(time)) {
    if (!time.startsWith(minute.text)) {
      const text = time.slice(0, 17)
      minute = { text, micros: Date.parse(`${text}00Z`) * 1000 }
    }
    const seconds = Number(time.slice(17, 26))
    if (!Number.isNaN(minute.micros) && seconds < 60) return minute.micros + Math.round(seconds * 1e6)
  }
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\d*(Z|[+-]\d\d:\d\d)$/i.exec(time)
  if (!match) return undefined
  const seconds = Date.parse(`${match[1]}${match[3]}`)
  return Number.isNaN(seconds) ? undefined : seconds * 1000 + Number((match[2] ?? '').padEnd(6, '0').slice(0, 6))
}

const serverTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
let minute = { text: '-', micros: Number.NaN }

/**
 * Where a request came from: the last source IP, the peer of the TCP connection. The others are from X-Forwarded-For
 * and X-Real-Ip, which any client may send (audit.k8s.io/v1 types.go). Behind a load balancer it is the balancer's.
 */
export function sourceOf(event: Pick<AuditEvent, 'sourceIPs'>): string | undefined {
  return event.sourceIPs.at(-1)
}

/** A request as the authorizer saw it, in the shape of rbac's Attributes. */
export type RequestAttributes =
  | { verb: string; group: string; resource: string; subresource: string; namespace: string; name: string }
  | { verb: string; path: string }

/**
 * What was authorized. The name of a `create` is that of its body, which no authorizer (and no audit policy) sees, and so
 * it is left out (audit/request.go, LogRequestObject; endpoints/request/requestinfo.go). A URL is authorized as it is decoded: a client may write
 * any letter of `/metrics` as %6d.
 */
export function attributesOf(event: Pick<AuditEvent, 'verb' | 'requestURI' | 'object'>): RequestAttributes {
  const { verb, requestURI, object } = event
  if (!object) return { verb, path: decodedPath(requestURI) }
  const { group, resource, subresource, namespace, name } = object
  return { verb, group, resource, subresource, namespace, name: verb === 'create' && subresource === '' ? '' : name }
}

// As net/url does: a byte for each %xx, before which the query is cut off. The server refuses a % that begins none; what a log has of it stays.
function decodedPath(uri: string): string {
  return uri
    .replace(/\?.*$/s, '')
    .replaceAll(/(?:%[\da-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString())
}
