import { inParallel } from '../cluster/in-parallel.ts'
import type { ReviewStatus } from '../cluster/access-review.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { type Ask, requestsOf, reviewSubject } from './review.ts'
import type { CanReport } from './can.ts'
import { attributesOf } from './can.ts'
import type { SubjectRow, Verified, WhoCanReport } from './report.ts'
import { formatSubject } from './subject-text.ts'

/** Asks the API server about every row, and reports each difference as a gap: then one of the two must not be trusted. */
export async function verifyRows(report: WhoCanReport, ask: Ask): Promise<WhoCanReport> {
  const subjects = await inParallel(report.subjects, async (row): Promise<SubjectRow> => {
    return row.verified ? row : { ...row, verified: await verifyRow(report, row, ask) }
  })
  const gaps = subjects.filter(({ verified }) => verified?.allowed === false).map(difference)
  return { ...report, subjects, gaps: [...report.gaps, ...gaps], complete: report.complete && gaps.length === 0 }
}

/** Asks the API server the same question as `can`; a different answer is unknown until somebody finds out why. */
export async function verifyCan(report: CanReport, ask: Ask): Promise<CanReport> {
  const { user, groups } = { user: reviewSubject(report.subject).user, groups: report.groups }
  const who = { ...(user === undefined ? {} : { user }), groups }
  let status: ReviewStatus = { allowed: false }
  for (const request of attributesOf(report.query)) if (!status.allowed) status = await ask(who, request)
  const verified = { allowed: status.allowed, ...(status.reason ? { reason: status.reason } : {}) }
  // Of a kubelet it depends on the object: a "no" to one request is none to all.
  if (report.verdict === 'unknown' && !status.allowed && report.groups.includes('system:nodes'))
    return { ...report, verified }
  if (status.allowed === (report.verdict === 'yes') && report.verdict !== 'unknown') return { ...report, verified }
  if (report.verdict === 'unknown') {
    return {
      ...report,
      verified,
      verdict: status.allowed ? 'yes' : 'no',
      reason: status.reason || `the API server says ${status.allowed ? 'yes' : 'no'}`,
    }
  }
  const reason = `RBAC says ${report.verdict} (${report.reason}), the API server says ${status.allowed ? 'yes' : 'no'} (${status.reason ?? 'no reason given'})`
  return { ...report, verified, verdict: 'unknown', reason }
}

async function verifyRow(report: WhoCanReport, row: SubjectRow, ask: Ask): Promise<Verified> {
  for (const request of requestsOf(report.query, row)) {
    const { allowed, reason, evaluationError } = await ask(reviewSubject(row), request)
    const why = reason || evaluationError
    if (!allowed) return { allowed, ...(why ? { reason: why } : {}) }
  }
  return { allowed: true }
}

function difference(row: SubjectRow): Gap {
  return {
    what: `verify ${formatSubject(row)} in ${row.scope}`,
    why: `RBAC allows it, the API server says no${row.verified?.reason ? `: ${row.verified.reason}` : ''}`,
    hides: 'which of the two is right: another authorizer may deny it, or the rules changed meanwhile',
  }
}
