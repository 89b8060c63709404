import { isForbidden } from '../errors.ts'
import { expandGroups } from '../rbac/expand.ts'
import { askAboutKnown, askAboutSelf, hasRbacGap } from '../rbac/oracle.ts'
import type { TypedQuery } from '../rbac/query.ts'
import type { WhoCanReport } from '../rbac/report.ts'
import { requestsOf } from '../rbac/review.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import { verifyRows } from '../rbac/verify.ts'
import { sortRows, whoCan } from '../rbac/who-can.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Server, Session } from './session.ts'
import { takeFor } from './take-for.ts'

/**
 * The whole of who-can: snapshot, question, then (where asked for, or where something could not be read) the API
 * server's own word on single subjects.
 */
export async function askWhoCan(
  session: Session,
  typed: TypedQuery,
  { expand, verify }: { expand: boolean; verify: boolean },
): Promise<WhoCanReport> {
  const { snapshot, index, query, notes } = await takeFor(session, typed, { serviceAccounts: expand, pods: expand })
  let report = whoCan(snapshot, index, query, notes)
  if (session.server) {
    report = await closeGaps(session.server, report, snapshot)
    report = { ...report, subjects: sortRows(report.subjects) }
  } else if (session.unasked !== undefined && hasRbacGap(report)) {
    report = { ...report, notes: [...report.notes, session.unasked] }
  }
  if (expand) report = { ...report, subjects: expandGroups(report.subjects, snapshot) }
  return verify && session.server ? await verifyRows(report, session.server.ask) : report
}

async function closeGaps(server: Server, report: WhoCanReport, snapshot: Snapshot): Promise<WhoCanReport> {
  try {
    return await askAboutKnown(report, snapshot, server.ask)
  } catch (error) {
    if (!isForbidden(error)) throw error
    const [request] = requestsOf(report.query, { scope: 'path' in report.query ? '*' : report.query.scope })
    return request ? await selfOnly(server, report, request) : report
  }
}

async function selfOnly(server: Server, report: WhoCanReport, request: Attributes): Promise<WhoCanReport> {
  try {
    return askAboutSelf(report, await server.askSelf(request))
  } catch (error) {
    // Anonymous callers may not even ask about themselves; the gaps say what is missing.
    if (!isForbidden(error)) throw error
    return { ...report, notes: [...report.notes, 'access reviews are not allowed, not even about yourself'] }
  }
}
