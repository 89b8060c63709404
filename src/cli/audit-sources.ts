import type { LogParts, LogSource } from '../audit-log/read/sources.ts'
import type { AuditRequest } from '../audit-log/request.ts'
import type { Bundle } from '../bundle/read.ts'
import { SecureError } from '../errors.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { AuditFlags } from './audit-flags.ts'
import { identityText } from './evidence-flags.ts'

export type AuditSources = {
  sources: LogSource[]
  /** What the evidence does not hold whole. */
  gaps: Gap[]
  /** Whether a request is one of those that made the evidence. */
  isOwn?: (request: AuditRequest) => boolean
}

/** The logs that flags name. Throws SecureError `usage` where they name none. */
export async function auditSources(flags: AuditFlags): Promise<AuditSources> {
  const paths = flags['audit-log'] ?? []
  if (paths.filter((path) => path === '-').length > 1)
    throw new SecureError('usage', 'standard input can be read but once: --audit-log - is given twice')
  if (paths.length === 0 && flags.snapshot === undefined)
    throw new SecureError('usage', 'which audit log?', {
      hint: 'Name it: --audit-log FILE, a directory, or - for standard input; or --snapshot case.tar.gz.',
    })
  const sources: LogSource[] = paths.map((path) => (path === '-' ? process.stdin : path))
  if (flags.snapshot === undefined) return { sources, gaps: [] }
  const { readBundle } = await import('../bundle/read.ts')
  const bundle = await readBundle(flags.snapshot, { identity: await identityText(flags.identity) })
  const logs = [...bundle.kept.values()].filter(({ path }) => path?.[0] === 'audit')
  if (logs.length === 0 && paths.length === 0)
    throw new SecureError('usage', `there is no audit log in ${flags.snapshot}`, {
      hint: 'evidence collect --audit-log FILE puts one into it; here --audit-log FILE reads one beside it.',
    })
  const gaps = logs.flatMap(({ file, cut }) => {
    const what = `read all of ${file}`
    return cut === undefined ? [] : [{ what, why: `it was cut: ${cut}`, hides: 'what was logged after that' }]
  })
  return { sources: [...sources, partsOf(bundle)], gaps, isOwn: await ownRequests(bundle) }
}

function partsOf(bundle: Bundle): LogParts {
  return {
    async *parts() {
      for await (const { file, path, content } of bundle.artefacts(({ path }) => path?.[0] === 'audit'))
        yield { name: path?.join('/') ?? file, content: content() }
    },
  }
}

// The Audit-ID alone is no proof: whoever has seen one can send it again, with another path.
async function ownRequests(bundle: Bundle): Promise<(request: AuditRequest) => boolean> {
  const paths = new Map<unknown, unknown>()
  for await (const { request } of bundle.entries('request')) paths.set(request['auditId'], request['path'])
  return ({ auditID, requestURI }) => paths.get(auditID) === requestURI
}
