import { serviceAccountOf } from '../../rbac/identity.ts'
import type { Subject } from '../../snapshot/objects.ts'
import { lookupsOf } from '../lookups.ts'
import type { AttackGraph, AttackRule, AttackWorld, Power } from '../model.ts'
import { abilitiesOf } from './abilities.ts'
import type { Place } from './joints.ts'
import { isFirst } from './once.ts'
import { addWays, hasEverything, partsOf } from './parts.ts'

const impersonate = (resource: string, namespaced: boolean): Power => {
  return { verb: 'impersonate', group: '', resource, subresource: '', namespaced }
}
export const users = impersonate('users', false)
export const groups = impersonate('groups', false)
export const accounts = impersonate('serviceaccounts', true)

/*
 * What the API server asks of who acts as another: `users` or, for the names of service accounts, `serviceaccounts` in their namespace; and `groups`
 * for each group, which alone names nobody (docs/rbac.md, case 23). Source: apiserver, endpoints/filters/impersonation.
 */

/** What a role that lets one impersonate has some of. */
export const impersonationPowers: readonly Power[] = [users, groups, accounts]

export const impersonateUserRule: AttackRule = {
  id: 'imp-user',
  title: 'Acts as the user, by impersonation',
  role: (held, graph) => {
    if (held.borrowed || hasEverything(held)) return
    for (const part of partsOf(held, users)) {
      const to = userCalled(part.name, graph)
      if (to !== undefined) addWays(held, graph, part, { rule: 'imp-user', to })
    }
  },
  joins: (graph) => {
    for (const { id, name } of abilitiesOf(graph, 'impersonate-user', 'anybody')) {
      const to = isFirst(graph, `imp-user ${id}`) ? userCalled(name, graph) : undefined
      if (to !== undefined) graph.add({ rule: 'imp-user', from: [id], to })
    }
  },
}

/** The node of a user who is impersonated, or of whichever; none where the name is a service account's. */
export function userCalled(name: string | undefined, graph: AttackGraph): number | undefined {
  if (name !== undefined) {
    if (serviceAccountOf(name)) return undefined
    return graph.node({ kind: 'subject', subject: { kind: 'User', name }, borrowed: true })
  }
  if (isFirst(graph, 'borrow users')) borrow(graph, knownSubjects(graph).users)
  return graph.node({ kind: 'any-user', borrowed: true })
}

export const impersonateAccountRule: AttackRule = {
  id: 'imp-sa',
  title: 'Acts as the service account, by impersonation',
  role: (held, graph, world) => {
    if (held.borrowed || hasEverything(held)) return
    for (const part of partsOf(held, accounts)) {
      for (const to of accountsOf(part, graph, world)) addWays(held, graph, part, { rule: 'imp-sa', to })
    }
  },
  joins: (graph, world) => {
    for (const { id, scope, name } of abilitiesOf(graph, 'impersonate-account', 'anybody')) {
      if (!isFirst(graph, `imp-sa ${id}`)) continue
      for (const to of accountsOf({ scope, name }, graph, world)) graph.add({ rule: 'imp-sa', from: [id], to })
    }
  },
}

// The account need not exist: only its name is asked about. One that nobody knows is in the groups of its namespace all the same.
function accountsOf({ scope, name }: Place, graph: AttackGraph, world: AttackWorld): number[] {
  if (name === undefined) {
    if (isFirst(graph, `borrow accounts ${scope}`)) {
      const { accounts } = knownSubjects(graph)
      borrow(graph, scope === '*' ? [...accounts.values()].flat() : (accounts.get(scope) ?? []))
    }
    return [graph.node({ kind: 'any-account', scope, borrowed: true })]
  }
  const namespaces = scope === '*' ? placesOf(name, world) : [scope]
  return [...namespaces].map((namespace) =>
    graph.node({ kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name }, borrowed: true }),
  )
}

function placesOf(name: string, world: AttackWorld): Set<string> {
  const { namespacesWithAccount, namespacesWithGroup, namespaces } = lookupsOf(world)
  return new Set([...namespacesWithAccount(name), ...namespacesWithGroup, ...namespaces.slice(0, 1)])
}

function borrow(graph: AttackGraph, subjects: readonly Subject[]): void {
  for (const subject of subjects) graph.node({ kind: 'subject', subject, borrowed: true })
}

type Known = { users: Subject[]; accounts: Map<string, Subject[]> }
const known = new WeakMap<AttackGraph, Known>()

// Whoever holds a binding is in the graph before any rule is asked.
function knownSubjects(graph: AttackGraph): Known {
  const before = known.get(graph)
  if (before) return before
  const found: Known = { users: [], accounts: new Map() }
  for (const node of graph.nodes) {
    if (node.kind !== 'subject' || node.borrowed) continue
    const { kind, namespace = '' } = node.subject
    if (kind === 'User') found.users.push(node.subject)
    if (kind !== 'ServiceAccount') continue
    const inside = found.accounts.get(namespace)
    if (inside) inside.push(node.subject)
    else found.accounts.set(namespace, [node.subject])
  }
  known.set(graph, found)
  return found
}
