import type { AuditEvent } from '../event.ts'
import { entries, object, type Raw, text } from './fields.ts'

// google.rpc.Code as the HTTP status Kubernetes answered with (google/rpc/code.proto).
const httpCodes: Record<number, number> = {
  0: 200,
  1: 499,
  2: 500,
  3: 400,
  4: 504,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  10: 409,
  11: 400,
  12: 501,
  13: 500,
  14: 503,
  15: 500,
  16: 401,
}

/** Whether this is an entry of Google Cloud's audit log about a Kubernetes API request. */
export function isGkeEntry(raw: Raw): boolean {
  const payload = object(raw['protoPayload'])
  return text(payload?.['methodName'])?.startsWith('io.k8s.') === true || payload?.['serviceName'] === 'k8s.io'
}

/**
 * A Cloud Audit Log entry of GKE as an event. It has no groups, no stage and no level of its own; bodies are there where
 * GKE's fixed policy has them. Reads are there only if Data Access logs are on.
 */
export function decodeGkeEntry(raw: Raw, at: AuditEvent['at']): AuditEvent | undefined {
  const payload = object(raw['protoPayload']) ?? {}
  const verb = text(payload['methodName'])?.split('.').at(-1)
  if (verb === undefined) return undefined
  const path = text(payload['resourceName']) ?? ''
  const principal = text(object(payload['authenticationInfo'])?.['principalEmail'])
  const metadata = object(payload['requestMetadata'])
  const ip = text(metadata?.['callerIp'])
  const userAgent = text(metadata?.['callerSuppliedUserAgent'])
  const status = object(payload['status'])
  const code = Number(status?.['code'] ?? 0)
  const message = text(status?.['message'])
  const operation = object(raw['operation'])
  const time = text(raw['timestamp'])
  const target = targetOf(path)
  return {
    auditID: text(operation?.['id']) ?? text(raw['insertId']) ?? '',
    stage: operation?.['first'] === true && operation['last'] !== true ? 'ResponseStarted' : 'ResponseComplete',
    level:
      payload['response'] !== undefined ? 'RequestResponse' : payload['request'] !== undefined ? 'Request' : 'Metadata',
    verb,
    requestURI: target ? '' : path,
    ...(principal !== undefined && { user: { username: principal, groups: [], extra: {} } }),
    sourceIPs: ip === undefined ? [] : [ip],
    ...(userAgent !== undefined && { userAgent }),
    ...(target && { object: target }),
    response: { code: httpCodes[code] ?? code, ...(message !== undefined && { message }) },
    ...(time !== undefined && { received: time }),
    annotations: entries(raw['labels'], text),
    ...('request' in payload && { requestObject: { value: payload['request'] } }),
    ...('response' in payload && { responseObject: { value: payload['response'] } }),
    at,
  }
}

// core/v1/namespaces/shop/pods/api-1/exec, rbac.authorization.k8s.io/v1/clusterroles/x
function targetOf(path: string): AuditEvent['object'] {
  const [group = '', version, ...rest] = path.split('/')
  if (version === undefined || rest.length === 0) return undefined
  const namespaced = rest[0] === 'namespaces' && rest.length > 2
  const [resource = '', name = '', ...subresource] = namespaced ? rest.slice(2) : rest
  return {
    group: group === 'core' ? '' : group,
    version,
    resource,
    subresource: subresource[0] ?? '',
    namespace: namespaced ? (rest[1] ?? '') : resource === 'namespaces' ? name : '',
    name,
  }
}
