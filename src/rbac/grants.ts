import type { Binding, Role } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { aggregatedFrom } from './aggregation.ts'
import type { Dangling, Grant, ObjectRef } from './report.ts'
import type { BoundRole } from './rbac-index.ts'
import type { MatchedBy } from './rule-match.ts'

export function refTo({ kind, namespace, name, uid, resourceVersion }: Binding | Role): ObjectRef {
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}

/** The part of a grant that every subject of a binding shares: the role's matching rule and where it came from. */
export type RuleOrigin = Pick<Grant, 'rule' | 'matchedBy' | 'aggregatedFrom' | 'assumed'>

export function ruleOrigin(snapshot: Snapshot, role: Role, index: number, matchedBy?: MatchedBy): RuleOrigin {
  const rule = role.rules[index]
  if (!rule) throw new RangeError(`no rule ${index} in ${role.kind} ${role.name}`)
  const sources = role.aggregation ? aggregatedFrom(role, rule, snapshot.clusterRoles) : []
  return {
    rule: { index, ...rule },
    ...(matchedBy ? { matchedBy } : {}),
    ...(sources.length > 0 ? { aggregatedFrom: sources } : {}),
    ...(role.kind === 'ClusterRole' && snapshot.assumedRoles.includes(role.name) ? { assumed: true as const } : {}),
  }
}

/** The bindings whose role does not exist: they grant nothing today, and whoever creates the role decides what tomorrow. */
export function danglingBindings(snapshot: Snapshot, bound: Iterable<BoundRole>): Dangling[] {
  const found: Dangling[] = []
  for (const { binding, role } of bound) {
    if (role || isUnread(snapshot, binding)) continue
    const { kind, name } = binding.roleRef
    found.push({ binding: refTo(binding), roleRef: { kind, name }, why: `${kind} ${name} does not exist` })
  }
  return found
}

// A role that could not be read is a gap, not a missing role.
function isUnread(snapshot: Snapshot, { namespace, roleRef }: Binding): boolean {
  return snapshot.gaps.some(
    (gap) =>
      gap.resource === (roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles') &&
      (gap.namespace === undefined || gap.namespace === namespace) &&
      (gap.name === undefined || gap.name === roleRef.name),
  )
}
