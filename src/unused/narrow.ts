import { aggregationSources } from '../rbac/aggregation.ts'
import type { Binding, PolicyRule, Role, Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { atomKey, rulesOf } from './atom.ts'
import { FreeNames } from './free-names.ts'
import { type Judged, keptOf } from './judge.ts'
import type { Grant } from './world.ts'

/** Roles and bindings to apply, and objects to delete after that. */
export type Narrowed = { roles: Role[]; bindings: Binding[]; removed: Binding[] }

/**
 * RBAC without what was not used. A role of one's own is narrowed in place to what all its bindings used together. One that is not only of these
 * grants, or that the cluster writes itself (defaults, aggregated ones, and those that are aggregated), is left as it is: each binding of it gets a
 * role of its own, and since a roleRef cannot be changed, a new binding in the place of the old one. Who used nothing is bound no more.
 */
export function narrow(judged: readonly Judged[], all: readonly Grant[], snapshot: Snapshot): Narrowed {
  const made: Narrowed = { roles: [], bindings: [], removed: [] }
  const world = { names: new FreeNames(snapshot), takesAnyRole: takesAnyRole(snapshot) }
  const shared = sharedRoles(judged, all)
  for (const [role, its] of Map.groupBy(judged, ({ grant }) => grant.bound.role)) {
    if (!role || its.every(({ verdict }) => verdict === 'used' || verdict === 'unknown')) continue
    // Who else holds it nobody knows, where bindings could not be read.
    const isShared = shared.has(role) || snapshot.gaps.length > 0
    if (isShared || isOfCluster(role, snapshot)) replaceBindings(role, its, made, world)
    else narrowInPlace(role, its, made)
  }
  return made
}

function narrowInPlace(role: Role, judged: readonly Judged[], made: Narrowed): void {
  const rules = keptRules(role, judged)
  if (rules && rules.length > 0) made.roles.push({ ...role, rules })
  for (const [binding, its] of byBinding(judged)) {
    const gone = new Set(its.filter(({ verdict }) => verdict === 'unused').map(({ grant }) => grant.written))
    leave(binding, gone, made)
  }
}

type Around = { names: FreeNames; takesAnyRole: boolean }

function replaceBindings(role: Role, judged: readonly Judged[], made: Narrowed, { names, takesAnyRole }: Around): void {
  for (const [binding, its] of byBinding(judged)) {
    const kept = its.filter(({ verdict }) => verdict !== 'unused')
    const wanted = keptRules(role, its)
    const { namespace } = binding
    // The server refuses URLs in a Role, though they count there for who writes roles.
    const hasUrls = wanted?.some(({ nonResourceURLs }) => nonResourceURLs.length > 0) ?? false
    const kind = namespace === undefined || hasUrls ? 'ClusterRole' : 'Role'
    const rules = kind === 'ClusterRole' && takesAnyRole ? undefined : wanted
    const moved = rules ? its : its.filter(({ verdict }) => verdict === 'unused')
    if (rules && kept.length > 0) {
      const name = names.take(binding, kind)
      const place = namespace === undefined ? {} : { namespace }
      made.roles.push({ kind, name, ...(kind === 'Role' && place), labels: {}, rules })
      const subjects = kept.map(({ grant }) => grant.written)
      made.bindings.push({ kind: binding.kind, name, ...place, roleRef: { kind, name }, subjects })
    }
    leave(binding, new Set(moved.map(({ grant }) => grant.written)), made)
  }
}

// A binding without some of its subjects; without any, it goes.
function leave(binding: Binding, gone: ReadonlySet<Subject>, made: Narrowed): void {
  if (gone.size === 0) return
  const subjects = binding.subjects.filter((subject) => !gone.has(subject))
  if (subjects.length > 0) made.bindings.push({ ...binding, subjects })
  else made.removed.push(binding)
}

/** The rules of a role without what nobody used; undefined where that is all of them. */
function keptRules(role: Role, judged: readonly Judged[]): PolicyRule[] | undefined {
  let isWhole = true
  const rules = role.rules.flatMap((rule, index) => {
    const its = judged.flatMap((one) => one.rules[index] ?? [])
    // What one did not use another may have.
    const unused = its.map((one) => new Set(one.unused.map(atomKey)))
    const [first = new Set<string>(), ...others] = unused
    if ([...first].every((key) => others.some((other) => !other.has(key)))) return [rule]
    isWhole = false
    return rulesOf(its.flatMap(keptOf))
  })
  return isWhole ? undefined : rules
}

function byBinding(judged: readonly Judged[]): Map<Binding, Judged[]> {
  return Map.groupBy(judged, ({ grant }) => grant.bound.binding)
}

/** Roles that somebody holds whom the question is not about. */
function sharedRoles(judged: readonly Judged[], all: readonly Grant[]): Set<Role | undefined> {
  const asked = new Set(judged.map(({ grant }) => grant))
  return new Set(all.filter((grant) => !asked.has(grant)).map(({ bound }) => bound.role))
}

/**
 * Whether the cluster writes a role: its defaults, which it creates anew, and what an aggregated role is made of: narrowing that would narrow
 * whoever holds the aggregated one.
 */
function isOfCluster(role: Role, { clusterRoles }: Snapshot): boolean {
  if (role.name.startsWith('system:') || role.labels['kubernetes.io/bootstrapping'] !== undefined) return true
  if (role.aggregation || defaultNames.has(role.name)) return true
  return role.kind === 'ClusterRole' && clusterRoles.some((other) => aggregationSources(other, [role]).length > 0)
}

// Manifests of them need not have the label.
const defaultNames = new Set(['cluster-admin', 'admin', 'edit', 'view'])

/** Whether some aggregated role takes in ClusterRoles by what they are not: a new one would be given to whoever holds that. */
function takesAnyRole({ clusterRoles }: Snapshot): boolean {
  const bare: Role = { kind: 'ClusterRole', name: '', labels: {}, rules: [] }
  return clusterRoles.some((role) => aggregationSources(role, [bare]).length > 0)
}
