import type { PolicyRule } from '../snapshot/objects.ts'

/** A request as an authorizer sees it (k8s.io/apiserver authorizer.Attributes). An empty string is "none", as there. */
export type ResourceRequest = {
  verb: string
  group: string
  resource: string
  subresource: string
  namespace: string
  name: string
}
export type UrlRequest = { verb: string; path: string }
export type Attributes = ResourceRequest | UrlRequest

/** The tokens of a rule by which it matched a request. */
export type MatchedBy = { verb: string; apiGroup?: string; resource?: string; resourceName?: string; url?: string }

/**
 * How a rule matches a request, or undefined where it does not.
 * Source: pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac, RuleAllows (Kubernetes 1.34).
 */
export function matchRule(rule: PolicyRule, request: Attributes): MatchedBy | undefined {
  const verb = token(rule.verbs, request.verb)
  if (verb === undefined) return undefined
  if ('path' in request) {
    const url = rule.nonResourceURLs.find((pattern) => urlMatches(pattern, request.path))
    return url === undefined ? undefined : { verb, url }
  }
  const matched = matchResource(rule, request.group, request.resource, request.subresource)
  if (!matched) return undefined
  if (rule.resourceNames.length === 0) return { verb, ...matched }
  return rule.resourceNames.includes(request.name) ? { verb, ...matched, resourceName: request.name } : undefined
}

/** The match of verb, group and resource alone: what a rule grants before its resourceNames narrow it. */
export function matchIgnoringNames(
  rule: PolicyRule,
  request: Omit<ResourceRequest, 'name' | 'namespace'>,
): MatchedBy | undefined {
  const verb = token(rule.verbs, request.verb)
  const matched =
    verb === undefined ? undefined : matchResource(rule, request.group, request.resource, request.subresource)
  return verb === undefined || !matched ? undefined : { verb, ...matched }
}

function matchResource(rule: PolicyRule, group: string, resource: string, subresource: string) {
  const apiGroup = token(rule.apiGroups, group)
  if (apiGroup === undefined) return undefined
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  // `*/scale` covers that subresource of every resource; `pods/*` and `*/*` cover nothing but a literal `*`.
  const matched = rule.resources.find(
    (entry) => entry === '*' || entry === combined || (subresource !== '' && entry === `*/${subresource}`),
  )
  return matched === undefined ? undefined : { apiGroup, resource: matched }
}

function token(entries: string[], wanted: string): string | undefined {
  return entries.find((entry) => entry === '*' || entry === wanted)
}

function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  // All trailing stars are cut, as strings.TrimRight does: `/foo**` is the prefix `/foo`.
  if (!pattern.endsWith('*')) return false
  let end = pattern.length
  while (pattern[end - 1] === '*') end -= 1
  return path.startsWith(pattern.slice(0, end))
}
