import type { Readable } from 'node:stream'
import type { LogSource } from '../audit-log/read/sources.ts'
import { SecureError } from '../errors.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { AuditFlags } from './audit-flags.ts'
import { identityText } from './evidence-flags.ts'

export type AuditSources = {
  sources: LogSource[]
  /** What the evidence does not hold whole. */
  gaps: Gap[]
}

/** The logs that flags name. Throws SecureError `usage` where they name none. */
export async function auditSources(flags: AuditFlags): Promise<AuditSources> {
  const paths = flags['audit-log'] ?? []
  if (paths.length === 0 && flags.snapshot === undefined)
    throw new SecureError('usage', 'which audit log?', {
      hint: 'Name it: --audit-log FILE, a directory, or - for standard input; or --snapshot case.tar.gz.',
    })
  const sources: LogSource[] = namedLogs(paths)
  if (flags.snapshot === undefined) return { sources, gaps: [] }
  const { readBundle } = await import('../bundle/read.ts')
  const { auditParts } = await import('../evidence/timeline/audit-parts.ts')
  const bundle = await readBundle(flags.snapshot, { identity: await identityText(flags.identity) })
  const found = auditParts(bundle)
  if (!found && paths.length === 0)
    throw new SecureError('usage', `there is no audit log in ${flags.snapshot}`, {
      hint: 'evidence collect --audit-log FILE puts one into it; here --audit-log FILE reads one beside it.',
    })
  return { sources: [...sources, ...(found ? [found.parts] : [])], gaps: found?.gaps ?? [] }
}

/** What --audit-log names. Throws SecureError `usage`. */
export function namedLogs(paths: readonly string[]): (string | Readable)[] {
  if (paths.filter((path) => path === '-').length > 1)
    throw new SecureError('usage', 'standard input can be read but once: --audit-log - is given twice')
  return paths.map((path) => (path === '-' ? process.stdin : path))
}
