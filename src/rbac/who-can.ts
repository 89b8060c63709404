import type { PolicyRule, Role, Subject } from '../snapshot/objects.ts'
import { apiVersion, type Snapshot } from '../snapshot/snapshot.ts'
import { checkedNames, roleBindingReach } from './binding-reach.ts'
import { danglingBindings, refTo, type RuleOrigin, ruleOrigin } from './grants.ts'
import { subjectKey } from './identity.ts'
import { implicitGrants } from './implicit.ts'
import type { Query, ResourceQuery } from './query.ts'
import { type BoundRole, type RbacIndex, scopeOf, subjectsOf } from './rbac-index.ts'
import type { SubjectRow, WhoCanReport } from './report.ts'
import { type MatchedBy, matchIgnoringNames, matchRule } from './rule-match.ts'
import { broadSubjectNote } from './subject-notes.ts'

/** A rule of a role that answers the query, and the names it is narrowed to (undefined: any). */
type RoleMatch = { origin: RuleOrigin; names: string[] | undefined }

// A role may have ten thousand rules that match, and a binding ten thousand subjects: of that product only the first
// rules are kept as grants. The names of all of them count.
const mostMatches = 20

/**
 * Who can do this: one row a subject and scope, with every grant behind it. A pure function of the snapshot.
 * A query without a name also finds grants narrowed to names, and says which.
 */
export function whoCan(snapshot: Snapshot, index: RbacIndex, query: Query, notes: string[]): WhoCanReport {
  const rows = new Map<string, SubjectRow>()
  const considered = relevantBindings(index, query)
  const matches = new Map<Role, RoleMatch[]>()
  const cut: string[] = []
  for (const bound of considered) {
    const { role, binding } = bound
    if (!role) continue
    let matched = matches.get(role)
    if (!matched) matches.set(role, (matched = matchRole(snapshot, role, query, cut)))
    if (matched.length === 0) continue
    const ref = refTo(binding)
    const scope = scopeOf(binding)
    const subjects = subjectsOf(binding)
    for (const { origin, names } of matched) {
      const narrowed = namesWithin(query, binding.kind === 'RoleBinding' ? binding.namespace : undefined, names)
      if (narrowed?.length === 0) continue
      for (const { subject, written } of subjects) {
        const grant = { binding: ref, roleRef: binding.roleRef, ...origin, subjectMatch: written }
        addGrant(rows, subject, scope, narrowed, grant)
      }
    }
  }
  return {
    apiVersion,
    kind: 'WhoCanReport',
    query,
    complete: snapshot.gaps.length === 0,
    gaps: snapshot.gaps,
    notes: [...notes, ...namedRightsNote(query, rows), ...cut],
    implicit: implicitGrants(query),
    subjects: sortRows([...rows.values()]),
    dangling: danglingBindings(snapshot, considered),
  }
}

/** The bindings whose grants can reach a request of this query. */
export function relevantBindings(index: RbacIndex, query: Query): BoundRole[] {
  if ('path' in query) return index.clusterWide
  const reach = roleBindingReach(query)
  if (reach === 'none') return index.clusterWide
  const namespace = reach === 'own-namespace' && query.name !== undefined ? query.name : query.scope
  const inside = namespace === '*' ? [...index.byNamespace.values()].flat() : (index.byNamespace.get(namespace) ?? [])
  return [...index.clusterWide, ...inside]
}

function matchRole(snapshot: Snapshot, role: Role, query: Query, cut: string[]): RoleMatch[] {
  const found: { ruleIndex: number; matchedBy: MatchedBy; names: string[] | undefined }[] = []
  for (const [ruleIndex, rule] of role.rules.entries()) {
    const matchedBy = matchQuery(rule, query)
    if (!matchedBy) continue
    const names = 'path' in query || rule.resourceNames.length === 0 ? undefined : rule.resourceNames
    const usable = 'path' in query || carriesName(query) ? names : names?.filter((name) => name === '')
    if (usable?.length === 0) continue
    found.push({ ruleIndex, matchedBy, names: usable })
  }
  // What the role as a whole is narrowed to: one list for all its rules, so that it is merged into a row once.
  const union = found.some(({ names }) => names === undefined)
    ? undefined
    : [...new Set(found.flatMap(({ names }) => names ?? []))]
  if (found.length > mostMatches) {
    cut.push(`${role.kind} ${role.name}: ${found.length} rules match, the first ${mostMatches} are shown as grants`)
  }
  return found.slice(0, mostMatches).map(({ ruleIndex, matchedBy }) => ({
    origin: ruleOrigin(snapshot, role, ruleIndex, matchedBy),
    names: union,
  }))
}

// A deletecollection request never carries a name, so a grant of it on names is dead (seen on a real server).
function carriesName({ verb }: ResourceQuery): boolean {
  return verb !== 'deletecollection'
}

// What a right narrowed to names is good for, where the verb alone would mislead (each seen on a real server).
function namedRightsNote(query: Query, rows: Map<string, SubjectRow>): string[] {
  if ('path' in query || query.name !== undefined) return []
  if (![...rows.values()].some(({ resourceNames }) => resourceNames && !resourceNames.includes(''))) return []
  if (query.verb === 'list' || query.verb === 'watch') {
    return [`where NAMES is not *, ${query.verb} works for one object at a time: --field-selector metadata.name=NAME`]
  }
  if (query.verb === 'create' && query.subresource === '') {
    return ['where NAMES is not *, create works by server-side apply alone, and needs patch as well']
  }
  return []
}

function matchQuery(rule: PolicyRule, query: Query): MatchedBy | undefined {
  if ('path' in query) return matchRule(rule, query)
  const names = checkedNames(query)
  if (!names) return matchIgnoringNames(rule, query)
  for (const name of names) {
    const matchedBy = matchRule(rule, { ...query, name, namespace: '' })
    if (matchedBy) return matchedBy
  }
  return undefined
}

// Through a RoleBinding the only Namespace object within reach is the binding's own.
function namesWithin(query: Query, bindingNamespace: string | undefined, names: string[] | undefined) {
  if (bindingNamespace === undefined || 'path' in query || roleBindingReach(query) !== 'own-namespace') return names
  return names === undefined || names.includes(bindingNamespace) ? [bindingNamespace] : []
}

function addGrant(
  rows: Map<string, SubjectRow>,
  subject: Subject,
  scope: string,
  names: string[] | undefined,
  grant: SubjectRow['grants'][number],
): void {
  const key = `${subjectKey(subject)}\0${scope}`
  const row = rows.get(key)
  if (!row) {
    const note = broadSubjectNote(subject)
    rows.set(key, {
      ...subject,
      scope,
      ...(names ? { resourceNames: names } : {}),
      ...(note === undefined ? {} : { note }),
      grants: [grant],
    })
    return
  }
  row.grants.push(grant)
  if (!row.resourceNames || row.resourceNames === names) return
  if (names) row.resourceNames = [...new Set([...row.resourceNames, ...names])]
  else delete row.resourceNames
}

/** Groups, users, service accounts; each by name and scope. */
export function sortRows(rows: SubjectRow[]): SubjectRow[] {
  return rows.sort(bySubject)
}

const kindOrder = { Group: 0, User: 1, ServiceAccount: 2 }

// By code unit: locale-aware comparing costs start-up time and differs between machines.
function bySubject(a: SubjectRow, b: SubjectRow): number {
  return (
    kindOrder[a.kind] - kindOrder[b.kind] ||
    compare(a.namespace ?? '', b.namespace ?? '') ||
    compare(a.name, b.name) ||
    compare(a.scope, b.scope)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
