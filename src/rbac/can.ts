import type { Subject } from '../snapshot/objects.ts'
import { apiVersion, type Gap, type Snapshot } from '../snapshot/snapshot.ts'
import { type Allowance, allowances, danglingFor } from './authorize.ts'
import { checkedNames, roleBindingReach } from './binding-reach.ts'
import { refTo, ruleOrigin } from './grants.ts'
import { identityOf } from './identity.ts'
import { nodeLimit } from './implicit.ts'
import type { Query, ResourceQuery } from './query.ts'
import { type RbacIndex, subjectFor } from './rbac-index.ts'
import type { Grant, Verified } from './report.ts'
import { type Attributes, matchIgnoringNames } from './rule-match.ts'
import { relevantBindings } from './who-can.ts'

export type CanReport = {
  apiVersion: typeof apiVersion
  kind: 'CanReport'
  subject: Subject
  groups: string[]
  query: Query
  verdict: 'yes' | 'no' | 'unknown'
  reason: string
  complete: boolean
  gaps: Gap[]
  notes: string[]
  grants: Grant[]
  verified?: Verified
}

/** Whether a subject can do this: the answer a real request would get, as far as the snapshot tells. */
export function can(
  snapshot: Snapshot,
  index: RbacIndex,
  subject: Subject,
  groups: string[],
  query: Query,
  notes: string[],
): CanReport {
  const identity = identityOf(subject, groups)
  const requests = attributesOf(query)
  const found = requests.flatMap((request) => allowances(index, identity, request))
  const live = found.filter(({ bound }) => reachesRequest(query, bound.binding.kind))
  const decided = decide(snapshot, index, identity, query, requests, found, live)
  return {
    apiVersion,
    kind: 'CanReport',
    subject,
    groups: identity.groups,
    query,
    ...decided,
    complete: snapshot.gaps.length === 0,
    gaps: snapshot.gaps,
    notes,
    grants: live.map((allowance) => grantOf(snapshot, allowance)),
  }
}

/**
 * The attributes an authorizer gets for a query, more than once where either will do: a cluster-scoped request has no
 * namespace, but for the exceptions.
 */
export function attributesOf(query: Query): Attributes[] {
  if ('path' in query) return [query]
  const { verb, group, resource, subresource } = query
  const namespace = namespaceOf(query)
  return (checkedNames(query) ?? ['']).map((name) => ({ verb, group, resource, subresource, name, namespace }))
}

function namespaceOf(query: ResourceQuery): string {
  if (roleBindingReach(query) === 'own-namespace') return query.name ?? ''
  return query.scope === '*' ? '' : query.scope
}

function reachesRequest(query: Query, bindingKind: string): boolean {
  return bindingKind === 'ClusterRoleBinding' || 'path' in query || roleBindingReach(query) !== 'none'
}

function decide(
  snapshot: Snapshot,
  index: RbacIndex,
  identity: ReturnType<typeof identityOf>,
  query: Query,
  requests: Attributes[],
  found: Allowance[],
  live: Allowance[],
): Pick<CanReport, 'verdict' | 'reason'> {
  if (identity.groups.includes('system:masters')) {
    return { verdict: 'yes', reason: 'system:masters is allowed everything, without asking RBAC' }
  }
  const [first] = live
  if (first) return { verdict: 'yes', reason: reasonOf(first) }
  const limit = nodeLimit(query)
  if (limit !== undefined && identity.groups.includes('system:nodes') && identity.user?.startsWith('system:node:')) {
    return { verdict: 'unknown', reason: `no RBAC rule; the Node authorizer allows kubelets ${limit}` }
  }
  const [gap] = snapshot.gaps
  if (gap) return { verdict: 'unknown', reason: `nothing that could be read allows it, but ${gap.what}: ${gap.why}` }
  if (found.length > 0)
    return { verdict: 'no', reason: `${bindingText(found[0])} grants it in a namespace, where it has no effect` }
  const [request] = requests
  const namespace = !request || 'path' in request ? '' : request.namespace
  const [missing] = danglingFor(index, identity, namespace)
  if (missing)
    return {
      verdict: 'no',
      reason: `no rule allows it; a binding refers to ${missing.kind} ${missing.name}, which does not exist`,
    }
  const names = namesHeld(index, identity, query)
  if (names.length > 0) {
    const shown = names.slice(0, 5).join(', ')
    const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
    return {
      verdict: 'no',
      reason: `no rule allows it for any object${placeOf(query)}, but for these alone: ${shown}${more}`,
    }
  }
  return { verdict: 'no', reason: `no rule allows it${placeOf(query)}` }
}

// Rights that are narrowed to names answer no question without one, and are rights all the same.
function namesHeld(index: RbacIndex, identity: ReturnType<typeof identityOf>, query: Query): string[] {
  if ('path' in query || query.name !== undefined || query.verb === 'deletecollection') return []
  const names = new Set<string>()
  for (const { binding, role } of relevantBindings(index, query)) {
    if (!role || !subjectFor(binding, identity)) continue
    for (const rule of role.rules) {
      if (matchIgnoringNames(rule, query)) for (const name of rule.resourceNames) names.add(name)
    }
  }
  return [...names]
}

function placeOf(query: Query): string {
  if ('path' in query || query.namespaced === false) return ''
  return query.scope === '*' ? ' in all namespaces at once' : ` in namespace ${query.scope}`
}

function reasonOf(allowance: Allowance): string {
  const { binding } = allowance.bound
  return `${bindingText(allowance)} gives ${allowance.subject.kind} ${subjectName(allowance.subject)} the ${binding.roleRef.kind} ${binding.roleRef.name}, rule ${allowance.ruleIndex}`
}

function subjectName({ kind, name, namespace }: Subject): string {
  return kind === 'ServiceAccount' && namespace !== undefined ? `${namespace}/${name}` : `"${name}"`
}

function bindingText(allowance: Allowance | undefined): string {
  const binding = allowance?.bound.binding
  return binding
    ? `${binding.kind} ${binding.namespace === undefined ? '' : `${binding.namespace}/`}${binding.name}`
    : ''
}

function grantOf(snapshot: Snapshot, { bound, subject, ruleIndex, matchedBy }: Allowance): Grant {
  const { binding, role } = bound
  if (!role) throw new Error('an allowance always has a role')
  return {
    binding: refTo(binding),
    roleRef: binding.roleRef,
    ...ruleOrigin(snapshot, role, ruleIndex, matchedBy),
    subjectMatch: subject,
  }
}
