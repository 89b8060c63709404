import { can, type CanReport } from '../rbac/can.ts'
import { neededNamespace } from '../rbac/needs.ts'
import { type Query, resolveQuery, type TypedQuery } from '../rbac/query.ts'
import { accountNamed, resolveSubject, type TypedSubject } from '../rbac/subject-text.ts'
import { verifyCan } from '../rbac/verify.ts'
import { isForbidden } from '../rbac/oracle.ts'
import type { Session } from './session.ts'
import { admitUnknownType } from './unknown-type.ts'

/** The whole of can: snapshot, question, and the API server's own word where it is asked for or something is hidden. */
export async function askCan(
  session: Session,
  typed: TypedQuery,
  who: { subject: TypedSubject; groups: string[]; verify: boolean },
): Promise<CanReport> {
  const resolved: { query?: Query; notes: string[] } = { notes: [] }
  const { snapshot, index } = await session.snapshot((known) => {
    Object.assign(resolved, resolveQuery(typed, known))
    const scope = resolved.query && neededNamespace(resolved.query)
    const named = [
      ...(scope === undefined || scope === '*' ? [] : [{ namespace: scope }]),
      ...accountNamed(who.subject),
    ]
    return { ...(scope === undefined ? {} : { roleBindingsOf: scope }), pods: who.subject.kind === 'Pod', named }
  })
  if (!resolved.query) throw new Error('a session always plans')
  admitUnknownType(snapshot, resolved.query)
  const subject = resolveSubject(who.subject, snapshot)
  const report = can(snapshot, index, subject, who.groups, resolved.query, [...resolved.notes, ...snapshot.notes])
  const { server } = session
  // A "no" is asked about as well: an authorizer beside RBAC may allow it, and not all of them can be seen.
  if (!server || (!who.verify && report.verdict === 'yes')) return report
  try {
    return await verifyCan(report, server.ask)
  } catch (error) {
    // Not asked for, the review is an attempt to know more; asked for, its refusal is the answer.
    if (who.verify || !isForbidden(error)) throw error
    return report
  }
}
