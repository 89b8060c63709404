import type { PolicyRule, RoleRef, Subject } from '../../src/snapshot/objects.ts'
import type { Draw } from './draw.ts'
import * as words from './words.ts'

export type WrittenRule = Partial<PolicyRule>
type Selector = {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}
type Metadata = { name: string; namespace?: string; labels?: Record<string, string> }
export type RoleObject = {
  kind: 'ClusterRole' | 'Role'
  metadata: Metadata
  rules?: WrittenRule[]
  aggregationRule?: { clusterRoleSelectors: Selector[] }
}
export type BindingObject = {
  kind: 'ClusterRoleBinding' | 'RoleBinding'
  metadata: Metadata
  roleRef: RoleRef & { apiGroup: string }
  subjects?: (Subject & { apiGroup?: string })[]
}
/** An RBAC object as it is sent to the server. */
export type WorldObject = RoleObject | BindingObject

export const rbacGroup = 'rbac.authorization.k8s.io'

export function isRole(object: WorldObject): object is RoleObject {
  return object.kind === 'ClusterRole' || object.kind === 'Role'
}

/** The RBAC objects of one world, by the odds of the draw; no two have the same kind, namespace and name. */
export function drawWorld(draw: Draw): WorldObject[] {
  const objects: WorldObject[] = []
  for (let left = draw.count(3, 9); left > 0; left--) objects.push(drawClusterRole(draw))
  for (let left = draw.count(2, 7); left > 0; left--) objects.push(drawRole(draw))
  if (draw.chance(30)) objects.push(...drawAggregated(draw))
  const roles = objects.filter(isRole)
  for (let left = draw.count(2, 8); left > 0; left--) objects.push(drawBinding(draw, roles, undefined, left))
  for (let left = draw.count(4, 12); left > 0; left--) {
    objects.push(drawBinding(draw, roles, draw.pick(words.namespaces), left))
  }
  return [...new Map(objects.map((object) => [keyOf(object), object])).values()]
}

export function keyOf({ kind, metadata }: WorldObject): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`
}

function drawClusterRole(draw: Draw): RoleObject {
  return {
    kind: 'ClusterRole',
    metadata: { name: draw.pick(words.roleNames), ...(draw.chance(40) ? { labels: draw.pick(words.labels) } : {}) },
    rules: Array.from({ length: draw.count(0, 4) }, () => drawRule(draw, true)),
  }
}

function drawRole(draw: Draw): RoleObject {
  return {
    kind: 'Role',
    metadata: { name: draw.pick([...words.roleNames, 'view']), namespace: draw.pick(words.namespaces) },
    ...(draw.chance(5) ? {} : { rules: Array.from({ length: draw.count(0, 4) }, () => drawRule(draw, false)) }),
  }
}

export function drawRule(draw: Draw, clusterWide: boolean): WrittenRule {
  // Refused by the server: a URL in a Role, a rule without resources, one of both kinds.
  if (draw.count(1, 400) === 1)
    return { verbs: ['get'], ...(draw.chance(50) ? { nonResourceURLs: ['/x'], resources: ['x'] } : {}) }
  if (clusterWide && draw.chance(25)) {
    return { verbs: starOr(draw, 30, words.urlVerbs, 2), nonResourceURLs: draw.some(words.urlPatterns, 1, 3) }
  }
  return {
    verbs: starOr(draw, 20, words.verbs, 4),
    apiGroups: starOr(draw, 20, words.groups, 3),
    resources: starOr(draw, 12, words.resources, 4),
    ...(draw.chance(35) ? { resourceNames: draw.some(words.names, 1, 3) } : {}),
  }
}

function starOr(draw: Draw, percent: number, list: readonly string[], max: number): string[] {
  const drawn = draw.some(list, 1, max)
  return draw.chance(percent) ? [...drawn.slice(1), '*'] : drawn
}

function drawAggregated(draw: Draw): RoleObject[] {
  const count = draw.count(1, 4)
  return Array.from({ length: count }, (_, index) => ({
    kind: 'ClusterRole' as const,
    metadata: {
      name: `fz-aggregated-${index}`,
      // Labels let aggregated roles take each other in, in circles too.
      ...(draw.chance(50) && count > 1 ? { labels: draw.pick(words.labels) } : {}),
    },
    aggregationRule: { clusterRoleSelectors: Array.from({ length: draw.count(1, 3) }, () => drawSelector(draw)) },
    // Rules of its own are overwritten; among several roles they might go round in a circle for ever, or not.
    ...(count === 1 && draw.chance(30) ? { rules: [drawRule(draw, true)] } : {}),
  }))
}

function drawSelector(draw: Draw): Selector {
  const key = draw.pick(['team', 'team', 'tier', 'constructor', 'toString'])
  const values = draw.some(['a', 'b', 'x', ''], 1, 2)
  if (draw.chance(4)) return {}
  if (draw.chance(30)) return { matchLabels: draw.pick(words.labels.slice(0, 5)) }
  const expression = draw.pick([
    { key, operator: 'In', values },
    { key, operator: 'Exists' },
    { key, operator: 'NotIn', values },
    { key, operator: 'DoesNotExist' },
  ])
  // The two negative ones would take in all of the cluster's own roles.
  const fenced = expression.operator === 'In' || expression.operator === 'Exists' || draw.chance(15)
  return fenced
    ? { matchExpressions: [expression] }
    : { matchExpressions: [{ key: fuzzLabel, operator: 'Exists' }, expression] }
}

/** The label that every object of a world bears on the server. */
export const fuzzLabel = 'kubectl-secure-fuzz'

function drawBinding(draw: Draw, roles: RoleObject[], namespace: string | undefined, index: number): BindingObject {
  const name = `${draw.pick(['fz', 'fz:b', 'fz"q', 'FZ', 'fz\u202E', 'fz\u001B[1m'])}-${index}`
  const reachable = roles.filter((role) => role.kind === 'ClusterRole' || role.metadata.namespace === namespace)
  const subjects = Array.from({ length: draw.count(0, 4) }, () => drawSubject(draw, namespace))
  return {
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: rbacGroup, ...drawRoleRef(draw, reachable, namespace !== undefined) },
    ...(subjects.length === 0 && draw.chance(50) ? {} : { subjects }),
  }
}

function drawRoleRef(draw: Draw, roles: RoleObject[], namespaced: boolean): RoleRef {
  if (draw.chance(8)) {
    // Often the name of a role of the other kind: those must not be mixed up.
    return {
      kind: namespaced && draw.chance(50) ? 'Role' : 'ClusterRole',
      name: draw.pick([...words.roleNames, 'gone']),
    }
  }
  if (roles.length === 0 || draw.chance(6)) return { kind: 'ClusterRole', name: draw.pick(words.bootstrapRoles) }
  const { kind, metadata } = draw.pick(roles)
  return { kind, name: metadata.name }
}

function drawSubject(draw: Draw, namespace: string | undefined): Subject & { apiGroup?: string } {
  const kind = draw.pick(['User', 'User', 'User', 'Group', 'Group', 'ServiceAccount', 'ServiceAccount'] as const)
  if (kind !== 'ServiceAccount') {
    return { kind, name: draw.pick(kind === 'User' ? words.users : words.userGroups), apiGroup: rbacGroup }
  }
  const account = draw.pick(words.accounts)
  return namespace !== undefined && draw.chance(30) ? { kind, name: account.name } : account
}
