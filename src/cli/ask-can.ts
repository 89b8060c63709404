import { isForbidden } from '../errors.ts'
import { can, type CanReport } from '../rbac/can.ts'
import type { TypedQuery } from '../rbac/query.ts'
import { accountNamed, resolveSubject, type TypedSubject } from '../rbac/subject-text.ts'
import { verifyCan } from '../rbac/verify.ts'
import type { Session } from './session.ts'
import { takeFor } from './take-for.ts'

/** The whole of can: snapshot, question, and the API server's own word where it is asked for or something is hidden. */
export async function askCan(
  session: Session,
  typed: TypedQuery,
  who: { subject: TypedSubject; groups: string[]; verify: boolean },
): Promise<CanReport> {
  const { snapshot, index, query, notes } = await takeFor(session, typed, {
    pods: who.subject.kind === 'Pod',
    named: accountNamed(who.subject),
  })
  const subject = resolveSubject(who.subject, snapshot)
  const report = can(snapshot, index, subject, who.groups, query, notes)
  const { server } = session
  // A "no" is asked about as well: an authorizer beside RBAC may allow it, and not all of them can be seen.
  if (session.unasked !== undefined && report.verdict !== 'yes')
    return { ...report, notes: [...report.notes, session.unasked] }
  if (!server || (!who.verify && report.verdict === 'yes')) return report
  try {
    return await verifyCan(report, server.ask)
  } catch (error) {
    // Not asked for, the review is an attempt to know more; asked for, its refusal is the answer.
    if (who.verify || !isForbidden(error)) throw error
    return report
  }
}
