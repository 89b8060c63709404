import type { PolicyRule, Role } from '../snapshot/objects.ts'
import { selects } from '../workload/label-selector.ts'
import { sameRule } from './rbac-index.ts'

/** The ClusterRoles an aggregated role takes its rules from, in the controller's order (by name). */
export function aggregationSources(role: Role, clusterRoles: Role[]): Role[] {
  const { aggregation } = role
  if (!aggregation) return []
  return clusterRoles
    .filter((other) => other.name !== role.name && aggregation.some((selector) => selects(selector, other.labels)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The names of the roles this rule of an aggregated role was written in: through roles that are aggregated themselves. */
export function aggregatedFrom(
  role: Role,
  rule: PolicyRule,
  clusterRoles: Role[],
  seen = new Set([role.name]),
): string[] {
  const origins = new Set<string>()
  for (const source of aggregationSources(role, clusterRoles)) {
    if (seen.has(source.name) || !source.rules.some((other) => sameRule(other, rule))) continue
    const deeper = aggregatedFrom(source, rule, clusterRoles, new Set([...seen, source.name]))
    for (const name of deeper.length > 0 ? deeper : [source.name]) origins.add(name)
  }
  return [...origins]
}

/**
 * Aggregated roles of manifests, with the rules the controller would give them. It overwrites what they hold, and runs
 * until nothing changes, since an aggregated role may itself be aggregated.
 * Source: pkg/controller/clusterroleaggregation. A role that a server wrote (it has a uid) is left as it is: the live
 * rules alone decide.
 */
export function computeAggregation(clusterRoles: Role[]): { clusterRoles: Role[]; computed: string[] } {
  const isComputed = (role: Role) => role.aggregation !== undefined && role.uid === undefined
  const computed = clusterRoles.filter(isComputed).map(({ name }) => name)
  if (computed.length === 0) return { clusterRoles, computed }
  let current = clusterRoles.map((role) => (isComputed(role) ? { ...role, rules: [] as PolicyRule[] } : role))
  let rules = -1
  // From nothing the rules can only grow, and no further than all there are: it ends.
  for (let total = 0; total !== rules; total = current.reduce((sum, role) => sum + role.rules.length, 0)) {
    rules = total
    const before = current
    current = current.map((role) => (isComputed(role) ? { ...role, rules: union(role, before) } : role))
  }
  return { clusterRoles: current, computed }
}

function union(role: Role, clusterRoles: Role[]): PolicyRule[] {
  const rules: PolicyRule[] = []
  for (const source of aggregationSources(role, clusterRoles)) {
    for (const rule of source.rules) if (!rules.some((other) => sameRule(other, rule))) rules.push(rule)
  }
  return rules
}
