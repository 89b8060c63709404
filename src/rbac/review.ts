import type { ReviewStatus, ReviewSubject } from '../cluster/access-review.ts'
import type { Subject } from '../snapshot/objects.ts'
import { checkedNames } from './binding-reach.ts'
import { identityOf } from './identity.ts'
import type { Query } from './query.ts'
import type { SubjectRow } from './report.ts'
import type { Attributes } from './rule-match.ts'

/** Asks the API server whether a subject may do this: a SubjectAccessReview, which stores nothing. */
export type Ask = (subject: ReviewSubject, request: Attributes) => Promise<ReviewStatus>

/** A review does not work out the groups of service accounts or users: they are filled in. A group is asked alone. */
export function reviewSubject(subject: Subject): ReviewSubject {
  const { user, groups } = identityOf(subject)
  return { ...(user === undefined ? {} : { user }), groups }
}

/** The requests that a row says are allowed: one for each name it is narrowed to. */
export function requestsOf(query: Query, row: Pick<SubjectRow, 'scope' | 'resourceNames'>): Attributes[] {
  if ('path' in query) return [query]
  const { verb, group, resource, subresource } = query
  const namespaced = row.scope === '*' ? query.scope : row.scope
  const inside = query.namespaced === false && row.scope === '*' ? '*' : namespaced
  const namespace = inside === '*' ? '' : inside
  const checked = checkedNames(query)
  const held = checked?.filter((name) => row.resourceNames?.includes(name)) ?? []
  const names = checked ? (held.length > 0 ? held : checked).slice(0, 1) : (row.resourceNames ?? [''])
  return names.map((name) => ({ verb, group, resource, subresource, namespace, name }))
}
