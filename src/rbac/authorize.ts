import type { PolicyRule, RoleRef, Subject } from '../snapshot/objects.ts'
import type { Identity } from './identity.ts'
import { type BoundRole, boundIn, type RbacIndex, subjectFor } from './rbac-index.ts'
import { type Attributes, type MatchedBy, matchRule } from './rule-match.ts'

/** One way a request is allowed: this subject of this binding, by this rule of its role. */
export type Allowance = {
  bound: BoundRole
  subject: Subject
  rule: PolicyRule
  ruleIndex: number
  matchedBy: MatchedBy
}

/**
 * Every way RBAC allows a request; none is a "no opinion". Missing roles grant nothing and do not stop the others.
 * Source: pkg/registry/rbac/validation/rule.go, VisitRulesFor: cluster-wide bindings count for every request,
 * RoleBindings for those with their namespace, and so never for a URL.
 */
export function allowances(index: RbacIndex, identity: Identity, request: Attributes): Allowance[] {
  const found: Allowance[] = []
  for (const bound of boundIn(index, 'path' in request ? '' : request.namespace)) {
    const { role, binding } = bound
    const subject = role && subjectFor(binding, identity)
    if (!role || !subject) continue
    for (const [ruleIndex, rule] of role.rules.entries()) {
      const matchedBy = matchRule(rule, request)
      if (matchedBy) found.push({ bound, subject, rule, ruleIndex, matchedBy })
    }
  }
  return found
}

/** The roles an identity's bindings name that do not exist: why a "no" may surprise. */
export function danglingFor(index: RbacIndex, identity: Identity, namespace: string): RoleRef[] {
  return boundIn(index, namespace)
    .filter(({ role, binding }) => !role && subjectFor(binding, identity))
    .map(({ binding }) => binding.roleRef)
}
