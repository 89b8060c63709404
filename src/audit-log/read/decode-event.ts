import { type Actor, type AuditEvent, type EventObject, levels, stages } from '../event.ts'
import { entries, object, type Raw, text, texts } from './fields.ts'

/** Whether this is an audit event of the API server, as far as it goes: half of one has no kind of its own. */
export function isEvent(raw: Raw): boolean {
  return (
    typeof raw['auditID'] === 'string' || (typeof raw['stage'] === 'string' && typeof raw['requestURI'] === 'string')
  )
}

/**
 * An event of audit.k8s.io v1, v1beta1 or v1alpha1. Undefined where too little is left to say who asked for what: no
 * verb and no URI. Source: k8s.io/apiserver/pkg/apis/audit/v1/types.go; v1alpha1 (until 1.23) has the group in
 * objectRef.apiVersion, and the oldest have `timestamp` in place of the two others.
 */
export function decodeEvent(raw: Raw, at: AuditEvent['at'], shipped?: string): AuditEvent | undefined {
  const verb = text(raw['verb'])
  const requestURI = text(raw['requestURI'])
  if (verb === undefined && requestURI === undefined) return undefined
  const user = actor(raw['user'])
  const impersonatedUser = actor(raw['impersonatedUser'])
  const target = objectRef(raw['objectRef'])
  const response = object(raw['responseStatus'])
  const legacy = text(raw['timestamp'])
  const received = text(raw['requestReceivedTimestamp']) ?? legacy
  const staged = text(raw['stageTimestamp'])
  const annotations = entries(raw['annotations'], text)
  const userAgent = text(raw['userAgent'])
  return {
    auditID: text(raw['auditID']) ?? '',
    // The oldest had one event a request and no stage.
    stage: stages.find((one) => one === raw['stage']) ?? 'ResponseComplete',
    level: levels.find((one) => one === raw['level']),
    verb: verb ?? '',
    requestURI: requestURI ?? '',
    ...(user && { user }),
    ...(impersonatedUser && { impersonatedUser }),
    sourceIPs: texts(raw['sourceIPs']),
    ...(userAgent !== undefined && { userAgent }),
    ...(target && { object: target }),
    ...(response && { response: status(response) }),
    ...(received !== undefined && { received }),
    ...(staged !== undefined && { staged }),
    ...(shipped !== undefined && { shipped }),
    annotations,
    ...('requestObject' in raw && { requestObject: { value: raw['requestObject'] } }),
    ...('responseObject' in raw && { responseObject: { value: raw['responseObject'] } }),
    ...(annotations['audit.k8s.io/truncated'] === 'true' && { truncated: 'by-server' as const }),
    at,
  }
}

export function actor(value: unknown): Actor | undefined {
  const raw = object(value)
  const username = text(raw?.['username'])
  // A 401 has a user without a name.
  if (!raw || username === undefined || username === '') return undefined
  const uid = text(raw['uid'])
  return {
    username,
    groups: texts(raw['groups']),
    ...(uid !== undefined && { uid }),
    extra: entries(raw['extra'], (values) => (Array.isArray(values) ? texts(values) : undefined)),
  }
}

export function objectRef(value: unknown): EventObject | undefined {
  const raw = object(value)
  if (!raw) return undefined
  const uid = text(raw['uid'])
  const [first = '', second] = (text(raw['apiVersion']) ?? '').split('/')
  return {
    group: text(raw['apiGroup']) ?? (second === undefined ? '' : first),
    version: second ?? first,
    resource: text(raw['resource']) ?? '',
    subresource: text(raw['subresource']) ?? '',
    namespace: text(raw['namespace']) ?? '',
    name: text(raw['name']) ?? '',
    ...(uid !== undefined && { uid }),
  }
}

export function status(raw: Raw): NonNullable<AuditEvent['response']> {
  const code = raw['code']
  const words = entries({ status: raw['status'], reason: raw['reason'], message: raw['message'] }, text)
  return { ...(typeof code === 'number' && { code }), ...words }
}
