import type { Level, RequestAttributes, Stage } from '../event.ts'
import type { AuditPolicy, AuditRule, GroupResources } from './policy.ts'

/** A request as the audit policy sees it: by the authenticated user (not the impersonated one), before authorization. */
export type PolicyRequest = RequestAttributes & {
  /** Absent where authentication failed (401). */
  user?: { name: string; groups: readonly string[] }
}

export type AuditDecision = {
  level: Level
  omitStages: Stage[] /** Its index; absent where no rule matched. */
  rule?: number
}

/**
 * What kube-apiserver logs of a request: the first rule that matches decides, and without one nothing is logged.
 * Source: k8s.io/apiserver/pkg/audit/policy/checker.go (Kubernetes 1.34).
 */
export function evaluateAuditPolicy(policy: AuditPolicy, request: PolicyRequest): AuditDecision {
  const rule = policy.rules.findIndex((entry) => ruleMatches(entry, request))
  const matched = policy.rules[rule]
  if (!matched) return { level: 'None', omitStages: policy.omitStages }
  return { level: matched.level, omitStages: stagesOmitted(policy, matched), rule }
}

export function stagesOmitted(policy: AuditPolicy, rule: AuditRule): Stage[] {
  return [...new Set([...policy.omitStages, ...rule.omitStages])]
}

function ruleMatches(rule: AuditRule, request: PolicyRequest): boolean {
  const { user, verb } = request
  if (rule.users.length > 0 && !rule.users.includes(user?.name ?? '\0')) return false
  if (rule.userGroups.length > 0 && !user?.groups.some((group) => rule.userGroups.includes(group))) return false
  if (rule.verbs.length > 0 && !rule.verbs.includes(verb)) return false
  if (rule.namespaces.length > 0 || rule.resources.length > 0) {
    if ('path' in request) return false
    if (rule.namespaces.length > 0 && !rule.namespaces.includes(request.namespace)) return false
    const matches = (entry: GroupResources) => resourceMatches(entry, request) && nameMatches(entry, request.name)
    return rule.resources.length === 0 || rule.resources.some(matches)
  }
  if (rule.nonResourceURLs.length === 0) return true
  return 'path' in request && rule.nonResourceURLs.some((pattern) => pathMatches(pattern, request.path))
}

function nameMatches({ resources, resourceNames }: GroupResources, name: string): boolean {
  return resources.length === 0 || resourceNames.length === 0 || resourceNames.includes(name)
}

/** Whether an entry is for a resource, whatever its names. */
export function resourceMatches(
  entry: GroupResources,
  { group, resource, subresource }: { group: string; resource: string; subresource: string },
): boolean {
  if (entry.group !== group) return false
  if (entry.resources.length === 0) return true
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  return entry.resources.some((pattern) => {
    if (pattern === combined || pattern === '*') return true
    if (subresource !== '' && pattern === `*/${subresource}`) return true
    return pattern.endsWith('/*') && pattern.slice(0, -2) === resource
  })
}

/** Whether a nonResourceURLs pattern is for a path. */
export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}
