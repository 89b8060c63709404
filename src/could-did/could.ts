import type { Question } from '../audit-log/questions/question.ts'
import { type Identity, serviceAccountOf, subjectKey } from '../rbac/identity.ts'
import { nodeLimit } from '../rbac/implicit.ts'
import type { ResourceQuery } from '../rbac/query.ts'
import { type BoundRole, type RbacIndex, subjectsOf } from '../rbac/rbac-index.ts'
import type { Grant, SubjectRow } from '../rbac/report.ts'
import { whoCan } from '../rbac/who-can.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { queriesOf } from './queries.ts'

/** A right that answers a question: the verbs on one resource, where, and by which grants. */
export type HeldRight = {
  verbs: string[]
  group: string
  resource: string
  subresource: string
  /** A namespace, or `*`. */
  scope: string
  /** Present where it is narrowed to names. */
  resourceNames?: string[]
  grants: Grant[]
}

/** Whether RBAC lets somebody do what a question is about, anywhere and in any way. `why` where no grant says so. */
export type Could = { answer: 'yes' | 'no' | 'unknown'; why?: string; rights: HeldRight[] }

/** What RBAC allows each identity of what a question is about, in the order of the identities. */
export function couldOf(
  snapshot: Snapshot,
  index: RbacIndex,
  question: Question,
  identities: readonly Identity[],
): Could[] {
  const queries = queriesOf(question, snapshot)
  const answers = queries.map((query) => {
    const { subjects } = whoCan(snapshot, index, query, [])
    return { query, rows: Map.groupBy(subjects, subjectKey) }
  })
  return identities.map((identity) => {
    const rights = answers.flatMap(({ query, rows }) =>
      keysOf(identity).flatMap((key) => (rows.get(key) ?? []).map((row) => rightOf(query, row))),
    )
    return { ...verdictOf(snapshot, identity, queries, rights.length > 0), rights: merged(rights) }
  })
}

function verdictOf(
  { gaps }: Snapshot,
  identity: Identity,
  queries: ResourceQuery[],
  isGranted: boolean,
): Pick<Could, 'answer' | 'why'> {
  if (identity.groups.includes('system:masters'))
    return { answer: 'yes', why: 'system:masters is allowed everything, without asking RBAC' }
  if (isGranted) return { answer: 'yes' }
  const limit = isNode(identity) ? queries.map(nodeLimit).find((one) => one !== undefined) : undefined
  if (limit !== undefined) return { answer: 'unknown', why: `the Node authorizer allows kubelets ${limit}` }
  const [gap] = gaps
  return gap ? { answer: 'unknown', why: `${gap.what}: ${gap.why}` } : { answer: 'no' }
}

/** Whether the Node authorizer has a say. */
export function isNode({ user = '', groups }: Identity): boolean {
  return groups.includes('system:nodes') && user.startsWith('system:node:')
}

// As bindings name them, in canonical form: a service account is one, whichever way its name was written.
function keysOf({ user, groups }: Identity): string[] {
  const account = user === undefined ? undefined : serviceAccountOf(user)
  const own = account
    ? [subjectKey({ kind: 'ServiceAccount', ...account })]
    : user === undefined
      ? []
      : [subjectKey({ kind: 'User', name: user })]
  return [...own, ...groups.map((name) => subjectKey({ kind: 'Group', name }))]
}

function rightOf({ verb, group, resource, subresource }: ResourceQuery, row: SubjectRow): HeldRight {
  const { scope, resourceNames, grants } = row
  return { verbs: [verb], group, resource, subresource, scope, ...(resourceNames && { resourceNames }), grants }
}

// One rule mostly has several of the verbs: they are one right. Of the grants only what differs by verb is lost: which words of the rule matched.
function merged(rights: HeldRight[]): HeldRight[] {
  const known = new Map<string, HeldRight>()
  for (const right of rights) {
    const { group, resource, subresource, scope, resourceNames, grants } = right
    const chains = grants.map(({ binding, rule }) => [binding.kind, binding.namespace, binding.name, rule?.index])
    const key = JSON.stringify([group, resource, subresource, scope, resourceNames, chains])
    const other = known.get(key)
    if (other) other.verbs.push(...right.verbs)
    else known.set(key, { ...right, grants: grants.map(withoutWords) })
  }
  return [...known.values()]
}

function withoutWords(grant: Grant): Grant {
  const copy = { ...grant }
  delete copy.matchedBy
  return copy
}

/** The bindings that have any of these identities as a subject: no question needs to look at the others. */
export function indexFor({ clusterWide, byNamespace }: RbacIndex, identities: readonly Identity[]): RbacIndex {
  const keys = new Set(identities.flatMap(keysOf))
  const kept = (bound: BoundRole[]) =>
    bound.filter(({ binding }) => subjectsOf(binding).some(({ subject }) => keys.has(subjectKey(subject))))
  const inside = [...byNamespace].map(([namespace, bound]) => [namespace, kept(bound)] as const)
  return { clusterWide: kept(clusterWide), byNamespace: new Map(inside) }
}
