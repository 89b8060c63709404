import { Readable } from 'node:stream'
import type { AuditEvent } from '../../../src/audit-log/event.ts'
import { type AuditFilter, type ReadReport, readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'

/** An event as kube-apiserver 1.34 writes it, in its order of fields. */
export function rawEvent(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const { requestObject, responseObject, ...others } = changes
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: '47c560f3-663b-4569-916a-070760e97cbd',
    stage: 'ResponseComplete',
    requestURI: '/api/v1/namespaces/default/secrets/db',
    verb: 'get',
    user: { username: 'mallory', groups: ['dev', 'system:authenticated'] },
    sourceIPs: ['8.8.8.8', '10.0.0.7'],
    userAgent: 'kubectl/v1.34.4',
    objectRef: { resource: 'secrets', namespace: 'default', name: 'db', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 200 },
    ...(requestObject !== undefined && { requestObject }),
    ...(responseObject !== undefined && { responseObject }),
    requestReceivedTimestamp: '2026-11-21T17:00:57.100001Z',
    stageTimestamp: '2026-11-21T17:00:57.200002Z',
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    ...others,
  }
}

export async function readAll(
  source: string | Buffer | Buffer[] | { path: string },
  filter?: AuditFilter,
): Promise<{ events: AuditEvent[]; report: ReadReport }> {
  const isPath = typeof source === 'object' && 'path' in source
  const parts = isPath ? [] : Array.isArray(source) ? source : [Buffer.from(source as string)]
  const log = readAuditLog(isPath ? source.path : Readable.from(parts), { filter })
  const events: AuditEvent[] = []
  for await (const event of log.events) events.push(event)
  return { events, report: log.report }
}

/** What an event says, without where it stands. */
export function said(event: AuditEvent): Partial<AuditEvent> {
  const copy: Partial<AuditEvent> = { ...event }
  delete copy.at
  return copy
}
