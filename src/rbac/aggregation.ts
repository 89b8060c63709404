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
 * The names of the roles this rule of an aggregated role was written in: through roles that are aggregated themselves,
 * each looked at once. Where they only take it from each other, those next to it.
 */
export function aggregatedFrom(role: Role, rule: PolicyRule, clusterRoles: Role[]): string[] {
  const holding = (current: Role) =>
    aggregationSources(current, clusterRoles).filter((source) => source.rules.some((other) => sameRule(other, rule)))
  const seen = new Set([role])
  const origins: string[] = []
  for (const current of seen) {
    const sources = holding(current)
    if (sources.length === 0 && current !== role) origins.push(current.name)
    for (const source of sources) seen.add(source)
  }
  return origins.length > 0 ? origins : holding(role).map(({ name }) => name)
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
  const sources = new Map(aggregated.map((role) => [role.name, aggregationSources(role, clusterRoles)]))
  for (;;) {
    const current = fillFromNothing(clusterRoles, open, sources)
    const filled = new Set(current.filter(({ rules }) => rules.length > 0).map(({ name }) => name))
    const empty = aggregated.filter(({ name, rules }) => open.has(name) && rules.length > 0 && !filled.has(name))
    if (empty.length === 0) return { clusterRoles: current, computed: aggregated.map(({ name }) => name) }
    // Innermost first: what one of them keeps, the roles around it take over. In a circle, any may be the one.
    const depths = empty.map((role) => {
      const below = takesFrom(role, sources)
      return empty.filter((other) => below.has(other)).length
    })
    const inner = empty.filter((_, index) => depths[index] === 1)
    const least = depths.indexOf(depths.reduce((a, b) => Math.min(a, b)))
    for (const { name } of inner.length > 0 ? inner : empty.slice(least, least + 1)) open.delete(name)
  }
}

// All the roles whose rules can come to be this one's, with itself.
function takesFrom(role: Role, sources: Sources): Set<Role> {
  const found = new Set([role])
  for (const current of found) for (const source of sources.get(current.name) ?? []) found.add(source)
  return found
}

/** The roles each aggregated role takes from, by its name. */
type Sources = Map<string, Role[]>

// From nothing the rules can only grow, and no further than all there are: it ends. A role is looked at again when one
// that it takes from has grown, since an aggregated role may itself be aggregated.
function fillFromNothing(clusterRoles: Role[], open: Set<string>, sources: Sources): Role[] {
  const rules = new Map(clusterRoles.map((role) => [role.name, open.has(role.name) ? [] : role.rules]))
  const takers = new Map<string, string[]>()
  for (const taker of open) {
    for (const { name } of sources.get(taker) ?? []) takers.set(name, [...(takers.get(name) ?? []), taker])
  }
  let due = new Set(open)
  while (due.size > 0) {
    const next = new Set<string>()
    for (const name of due) {
      const grown = union((sources.get(name) ?? []).flatMap((source) => rules.get(source.name) ?? []))
      if (grown.length === rules.get(name)?.length) continue
      rules.set(name, grown)
      for (const taker of takers.get(name) ?? []) next.add(taker)
    }
    due = next
  }
  // The order of the rules is that of the sources, whichever of them was filled first.
  return clusterRoles.map((role) => {
    if (!open.has(role.name)) return role
    return { ...role, rules: union((sources.get(role.name) ?? []).flatMap(({ name }) => rules.get(name) ?? [])) }
  })
}

function union(rules: PolicyRule[]): PolicyRule[] {
  const known = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const key = JSON.stringify([rule.verbs, rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs])
    if (!known.has(key)) known.set(key, rule)
  }
  return [...known.values()]
}
