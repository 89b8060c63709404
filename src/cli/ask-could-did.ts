import { type CouldDidReport, couldDidReport } from '../could-did/report.ts'
import { SecureError } from '../errors.ts'
import type { AuditFlags } from './audit-flags.ts'
import { prepared, reading } from './ask-audit.ts'
import { withSession } from './session.ts'

/** What the question is called. */
export const couldDid = 'could-did'

/** The whole of `audit ask could-did`. Throws SecureError. */
export async function askCouldDid(flags: AuditFlags): Promise<CouldDidReport> {
  const { snapshot: path } = flags
  if (path === undefined)
    throw new SecureError('usage', 'could-did needs RBAC to hold the log against', {
      hint: 'Name evidence that has it, or manifests: --snapshot case.tar.gz; and logs that are not in it by --audit-log.',
    })
  const { bundleAmong } = await import('../snapshot/bundle-among.ts')
  const isBundle = (await bundleAmong([path])) !== undefined
  const { sources, gaps, options, isWanted } = await prepared(isBundle ? flags : { ...flags, snapshot: undefined })
  const { snapshot, index } = await withSession({ snapshot: [path], identity: flags.identity }, {}, async (session) => {
    return await session.snapshot(() => ({ roleBindingsOf: '*' }))
  })
  const report = await reading(async (onProgress) => {
    return await couldDidReport(sources, { snapshot, index }, { ...options, isWanted, onProgress })
  })
  return { ...report, complete: report.complete && gaps.length === 0, gaps: [...report.gaps, ...gaps] }
}
