import * as Flags from '@oclif/core/flags'
import { micros } from '../audit-log/event.ts'
import { SecureError } from '../errors.ts'
import { parseSubject } from '../rbac/subject-text.ts'
import { identityFlag } from './evidence-flags.ts'

/** Which logs, of which time, of whom. */
export const auditFlags = {
  'audit-log': Flags.string({
    description:
      'an audit log: a file, a directory of rotated ones, or - for standard input; may be given several times',
    helpValue: 'FILE|DIR|-',
    multiple: true,
    multipleNonGreedy: true,
  }),
  snapshot: Flags.string({
    description: 'the audit logs in evidence (case.tar.gz, or its directory)',
    helpValue: 'PATH',
  }),
  ...identityFlag,
  'audit-policy': Flags.string({
    description: 'the audit policy of the API server; without it nobody knows what the log leaves out',
    helpValue: 'FILE',
  }),
  since: Flags.string({ description: 'from this time on (2h, 3d, 2026-11-21T03:00:00Z)', helpValue: 'TIME' }),
  until: Flags.string({ description: 'before this time', helpValue: 'TIME' }),
  subject: Flags.string({
    description: 'only what user:NAME or sa:NS/NAME did, or what was done in their name',
    helpValue: 'SUBJECT',
  }),
}

export type AuditFlags = {
  [K in 'snapshot' | 'identity' | 'audit-policy' | 'since' | 'until' | 'subject']?: string | undefined
} & { 'audit-log'?: string[] | undefined }

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time as RFC 3339 in UTC: given so, or as how long ago. Throws SecureError `usage`. */
export function parseTime(flag: string, typed: string, now: Date): string {
  const [, amount, unit = ''] = /^(\d{1,6})([smhd])$/.exec(typed) ?? []
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (units[unit] ?? 0)).toISOString()
  if (micros(typed) !== undefined) return typed
  throw new SecureError('usage', `${flag} ${JSON.stringify(typed)} is not a time`, {
    hint: 'Write how long ago (90s, 30m, 2h, 3d), or a time with its zone: 2026-11-21T03:00:00Z.',
  })
}

/** The user name that a subject has in an audit log. Throws SecureError `usage`: groups and pods do not act under their own. */
export function parseActor(typed: string): string {
  const { kind, name, ...more } = parseSubject(typed)
  if (kind === 'User') return name
  if (kind === 'ServiceAccount') return `system:serviceaccount:${more.namespace ?? ''}:${name}`
  throw new SecureError('usage', `--subject ${typed}: an audit log has users and service accounts`, {
    hint: kind === 'Pod' ? 'Name its service account: sa:NAMESPACE/NAME.' : 'Name a user: user:NAME.',
  })
}
