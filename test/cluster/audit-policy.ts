import { readFileSync, writeFileSync } from 'node:fs'
import { ClusterError } from './cluster-error.ts'

/** An audit.k8s.io/v1 Policy. */
export interface AuditPolicy {
  apiVersion: 'audit.k8s.io/v1'
  kind: 'Policy'
  omitStages?: string[]
  rules: { level: 'None' | 'Metadata' | 'Request' | 'RequestResponse'; [key: string]: unknown }[]
}

/** What a careful cluster logs: everything, RBAC with its contents, and never the content of a secret. */
export const defaultAuditPolicy: AuditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    { level: 'RequestResponse', resources: [{ group: 'rbac.authorization.k8s.io' }] },
    { level: 'Metadata' },
  ],
}

/** Writes the policy to a file of the instance: the default, an object, or a copy of the user's file. */
export function writeAuditPolicy(file: string, policy: AuditPolicy | string = defaultAuditPolicy): void {
  if (typeof policy !== 'string') return writeFileSync(file, JSON.stringify(policy, null, 1))
  try {
    writeFileSync(file, readFileSync(policy))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ClusterError('The audit policy cannot be read.', { why, next: 'name another file.', cause: error })
  }
}
