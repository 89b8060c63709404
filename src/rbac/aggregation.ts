import type { PolicyRule, Role } from '../snapshot/objects.ts'
import { selects } from '../workload/label-selector.ts'
import { sameRule } from './rbac-index.ts'

/** The ClusterRoles an aggregated role takes its rules from, in the controller's order: by selector, then by name. */
export function aggregationSources(role: Role, clusterRoles: Role[]): Role[] {
  const { aggregation } = role
  if (!aggregation) return []
  const others = clusterRoles.filter(({ name }) => name !== role.name).sort((a, b) => (a.name < b.name ? -1 : 1))
  return [...new Set(aggregation.flatMap((selector) => others.filter(({ labels }) => selects(selector, labels))))]
}

/**
 * The names of the roles this rule of an aggregated role was written in: through roles that are aggregated themselves.
 * Each role is looked at once: where many take each other in, the ways through them are without number.
 */
export function aggregatedFrom(role: Role, rule: PolicyRule, clusterRoles: Role[]): string[] {
  const origins = new Set<string>()
  const seen = new Set([role])
  const visit = (current: Role, above: Set<Role>) => {
    const path = new Set(above).add(current)
    const holding = aggregationSources(current, clusterRoles).filter(
      (source) => !path.has(source) && source.rules.some((other) => sameRule(other, rule)),
    )
    if (holding.length === 0 && current !== role) origins.add(current.name)
    for (const source of holding) {
      if (seen.has(source)) continue
      seen.add(source)
      visit(source, path)
    }
  }
  visit(role, new Set())
  return [...origins]
}

/**
 * Aggregated roles of manifests, with the rules the controller would give them: what they hold is overwritten, save
 * where it finds no rule at all, since it then applies none (seen on a real server).
 * Source: pkg/controller/clusterroleaggregation. A role that a server wrote (it has a uid) is left as it is: the live
 * rules alone decide.
 */
export function computeAggregation(clusterRoles: Role[]): { clusterRoles: Role[]; computed: string[] } {
  const aggregated = clusterRoles.filter(({ aggregation, uid }) => aggregation !== undefined && uid === undefined)
  const open = new Set(aggregated.map(({ name }) => name))
  for (;;) {
    const current = fillFromNothing(clusterRoles, open)
    const filled = new Set(current.filter(({ rules }) => rules.length > 0).map(({ name }) => name))
    const empty = aggregated.filter(({ name, rules }) => open.has(name) && rules.length > 0 && !filled.has(name))
    if (empty.length === 0) return { clusterRoles: current, computed: aggregated.map(({ name }) => name) }
    // Innermost first: what one of them keeps, the roles around it take over. In a circle, any may be the one.
    const depths = empty.map((role) => {
      const sources = takesFrom(role, clusterRoles)
      return empty.filter((other) => sources.has(other)).length
    })
    const inner = empty.filter((_, index) => depths[index] === 1)
    const least = depths.indexOf(depths.reduce((a, b) => Math.min(a, b)))
    for (const { name } of inner.length > 0 ? inner : empty.slice(least, least + 1)) open.delete(name)
  }
}

// All the roles whose rules can come to be this one's, with itself.
function takesFrom(role: Role, clusterRoles: Role[], found = new Set([role])): Set<Role> {
  for (const source of aggregationSources(role, clusterRoles)) {
    if (!found.has(source)) takesFrom(source, clusterRoles, found.add(source))
  }
  return found
}

// It runs until nothing changes, since an aggregated role may itself be aggregated. From nothing the rules can only
// grow, and no further than all there are: it ends.
function fillFromNothing(clusterRoles: Role[], open: Set<string>): Role[] {
  let current = clusterRoles.map((role) => (open.has(role.name) ? { ...role, rules: [] as PolicyRule[] } : role))
  let rules = -1
  for (let total = 0; total !== rules; total = current.reduce((sum, role) => sum + role.rules.length, 0)) {
    rules = total
    const before = current
    current = current.map((role) => (open.has(role.name) ? { ...role, rules: union(role, before) } : role))
  }
  return current
}

function union(role: Role, clusterRoles: Role[]): PolicyRule[] {
  const rules: PolicyRule[] = []
  for (const source of aggregationSources(role, clusterRoles)) {
    for (const rule of source.rules) if (!rules.some((other) => sameRule(other, rule))) rules.push(rule)
  }
  return rules
}
