import { Readable } from 'node:stream'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { type UnusedOptions, unusedReport } from '../../../src/unused/report.ts'
import { rawEvent } from '../audit-log/samples.ts'

/** Logs all, with bodies. */
export const policy = auditPolicy(
  { kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [{ level: 'RequestResponse' }] },
  'p',
)

export type Caller = { username: string; groups: string[] }

/** The line of a request, as the API server writes it. */
export function lineOf(user: Caller, asked: Attributes, isAllowed: boolean, second = 0, more: object = {}): object {
  const annotations = { 'authorization.k8s.io/decision': isAllowed ? 'allow' : 'forbid' }
  const base = {
    user,
    verb: asked.verb,
    annotations,
    responseStatus: { code: isAllowed ? 200 : 403 },
    requestReceivedTimestamp: new Date(Date.UTC(2026, 10, 21, 17, 0, second)).toISOString().replace('Z', '000Z'),
  }
  if ('path' in asked)
    return without(rawEvent({ ...base, requestURI: `${encodeURI(asked.path)}?x=1`, ...more }), 'objectRef')
  const { group, resource, subresource, namespace, name } = asked
  const objectRef = {
    resource,
    ...(namespace !== '' && { namespace }),
    ...(name !== '' && { name }),
    ...(group !== '' && { apiGroup: group }),
    apiVersion: 'v1',
    ...(subresource !== '' && { subresource }),
  }
  return rawEvent({ ...base, requestURI: '/apis/x', objectRef, ...more })
}

/** Asks what of a world some lines did not use. */
export async function unusedOf(snapshot: Snapshot, lines: readonly object[], options: Partial<UnusedOptions> = {}) {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  return await unusedReport(
    Readable.from([Buffer.from(text)]),
    { snapshot, index: indexRbac(snapshot) },
    { policy, isWanted: () => true, narrow: true, ...options },
  )
}

function without(event: Record<string, unknown>, field: string): object {
  const copy = { ...event }
  delete copy[field]
  return copy
}
