import { inParallel } from '../cluster/in-parallel.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Gap, Snapshot } from '../snapshot/snapshot.ts'
import { canonicalSubject, subjectKey } from './identity.ts'
import type { Query } from './query.ts'
import { parseReason } from './reason.ts'
import type { SubjectRow, WhoCanReport } from './report.ts'
import { type Ask, requestsOf, reviewSubject } from './review.ts'
import { broadSubjectNote } from './subject-notes.ts'

/**
 * Where RBAC objects could not be read, the API server is asked about every subject that is known all the same. It
 * names the binding in its reason, so the row has a chain; who is not known stays hidden, and the answer incomplete.
 * Throws SecureError('forbidden') where the caller may not ask about others.
 */
export async function askAboutKnown(report: WhoCanReport, snapshot: Snapshot, ask: Ask): Promise<WhoCanReport> {
  const scopes = scopesToAsk(report)
  if (scopes.length === 0) return report
  const known = new Set(report.subjects.map((row) => `${subjectKey(row)}\0${row.scope}`))
  const isKnown = (subject: Subject, scope: string) =>
    [scope, '*'].some((within) => known.has(`${subjectKey(subject)}\0${within}`))
  const wanted = candidates(snapshot).flatMap((subject) =>
    scopes.filter((scope) => !isKnown(subject, scope)).map((scope) => ({ subject, scope })),
  )
  const answers = await inParallel(wanted, async ({ subject, scope }) => {
    const [request] = requestsOf(report.query, { scope })
    return request ? { subject, scope, status: await ask(reviewSubject(subject), request) } : undefined
  })
  const rows = new Map<string, SubjectRow>()
  for (const answer of answers) {
    if (!answer?.status.allowed) continue
    const { scope, status } = answer
    const named = status.reason ? parseReason(status.reason) : undefined
    const subject = named?.subject ?? answer.subject
    const within = named && named.grant.binding.namespace === undefined ? '*' : scope
    const key = `${subjectKey(subject)}\0${within}`
    if (isKnown(subject, within) || rows.has(key)) continue
    const note = broadSubjectNote(subject)
    rows.set(key, {
      ...subject,
      scope: within,
      ...(note === undefined ? {} : { note }),
      grants: named ? [named.grant] : [],
      verified: { allowed: true, ...(status.reason ? { reason: status.reason } : {}) },
    })
  }
  const notes = [...report.notes, `${wanted.length} access reviews asked about the subjects that are known`]
  return { ...report, subjects: [...report.subjects, ...rows.values()], notes }
}

/** The last resort: the caller's own right, which everyone may ask about. */
export function askAboutSelf(
  report: WhoCanReport,
  self: { user: string; allowed: boolean; reason?: string },
): WhoCanReport {
  const notes = [...report.notes, 'reviews about others are not allowed: only your own right could be asked']
  if (!self.allowed) return { ...report, notes }
  const subject = canonicalSubject({ kind: 'User', name: self.user }, undefined) ?? { kind: 'User', name: self.user }
  const named = self.reason ? parseReason(self.reason) : undefined
  const scope = named && named.grant.binding.namespace === undefined ? '*' : queryScope(report.query)
  const shown = report.subjects.some(
    (row) => subjectKey(row) === subjectKey(subject) && [scope, '*'].includes(row.scope),
  )
  if (shown) return { ...report, notes }
  const row: SubjectRow = {
    ...subject,
    scope,
    note: 'you',
    grants: named ? [named.grant] : [],
    verified: { allowed: true, ...(self.reason ? { reason: self.reason } : {}) },
  }
  return { ...report, notes, subjects: [...report.subjects, row] }
}

/** Whether something is hidden that the server is asked about: a gap in RBAC itself. */
export function hasRbacGap({ gaps }: Pick<WhoCanReport, 'gaps'>): boolean {
  return gaps.some(isRbacGap)
}

function isRbacGap({ resource }: Gap): boolean {
  return resource !== undefined && /^(?:cluster)?role(?:binding)?s$/.test(resource)
}

// Asked are the query's scope and each namespace that stayed closed.
function scopesToAsk({ query, gaps }: WhoCanReport): string[] {
  const rbac = gaps.filter(isRbacGap)
  if (rbac.length === 0) return []
  return [
    ...new Set([queryScope(query), ...rbac.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]))]),
  ]
}

function queryScope(query: Query): string {
  return 'path' in query ? '*' : query.scope
}

const wellKnown: Subject[] = [
  ...['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts', 'system:nodes'].map(
    (name): Subject => ({ kind: 'Group', name }),
  ),
  { kind: 'User', name: 'system:anonymous' },
]

function candidates(snapshot: Snapshot): Subject[] {
  const found = new Map(wellKnown.map((subject) => [subjectKey(subject), subject]))
  const add = (subject: Subject | undefined) => subject && found.set(subjectKey(subject), subject)
  for (const { namespace, name } of snapshot.serviceAccounts) {
    add({ kind: 'ServiceAccount', namespace, name })
    add({ kind: 'Group', name: `system:serviceaccounts:${namespace}` })
  }
  for (const { subjects, namespace } of [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]) {
    for (const subject of subjects) add(canonicalSubject(subject, namespace))
  }
  return [...found.values()].filter(({ kind, name }) => kind !== 'Group' || name !== 'system:masters')
}
