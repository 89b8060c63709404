import { identityOf } from '../rbac/identity.ts'
import { type BoundRole, scopeOf, subjectsOf } from '../rbac/rbac-index.ts'
import type { Subject } from '../snapshot/objects.ts'
import { isAccountThere } from './accounts.ts'
import type { AttackGraph, AttackNode, AttackWorld } from './model.ts'

/** The steps that lead to and from a node by what it is. To be called once a node: see createGraph. */
export function structureOf(world: AttackWorld): (node: AttackNode, id: number, graph: AttackGraph) => void {
  const isThere = isAccountThere(world)
  return (node, id, graph) => {
    const each = (whole: AttackNode) => graph.add({ rule: 'each', from: [graph.node(whole)], to: id })
    const adminHas = () => graph.add({ rule: 'admin-all', from: [graph.node({ kind: 'admin' })], to: id })
    switch (node.kind) {
      case 'subject':
        if (node.borrowed) addBorrowed(node.subject, each)
        else addSubject(node.subject, id, graph, isThere)
        break
      case 'pod':
        each({ kind: 'any-pod', scope: node.namespace })
        break
      case 'secret':
        each({ kind: 'any-secret', scope: node.namespace })
        break
      case 'node':
        each({ kind: 'any-node' })
        break
      case 'free-role':
        graph.add({ rule: 'part', from: [id], to: graph.node({ kind: 'role', role: node.role, scope: node.scope }) })
        break
      case 'ability':
        // Who can everywhere, can here; who can with all of them, can with this one.
        if (node.holder !== undefined) break
        // Who has a namespace makes the accounts that it lacks.
        if (node.ability === 'name-account') {
          const from = [graph.node({ kind: 'namespace-admin', namespace: node.scope })]
          graph.add({ rule: 'admin-all', from, to: id })
        }
        if (node.scope !== '*') each({ ...node, scope: '*' })
        if (node.name !== undefined) each({ kind: 'ability', ability: node.ability, scope: node.scope })
        else if (node.ability === 'node-credential') adminHas()
        break
      case 'any-account':
      case 'any-pod':
      case 'any-secret':
        if (node.scope !== '*') each({ ...node, scope: '*' })
        if ('borrowed' in node) break
        // Who has a namespace has its parts; who has all namespaces has each.
        graph.add({ rule: 'admin-all', from: [graph.node({ kind: 'namespace-admin', namespace: node.scope })], to: id })
        if (node.scope === '*') adminHas()
        break
      case 'namespace-admin':
        if (node.namespace === '*') adminHas()
        else each({ ...node, namespace: '*' })
        if (node.all) addWhole(node.namespace, id, graph)
        break
      case 'any-user':
        if (!node.borrowed) adminHas()
        break
      case 'any-node':
      case 'any-group':
        adminHas()
        break
      case 'binding':
      case 'role':
      case 'admin':
    }
  }
}

// Who has a namespace with the object itself writes its labels.
function addWhole(scope: string, id: number, graph: AttackGraph): void {
  graph.add({ rule: 'each', from: [id], to: graph.node({ kind: 'namespace-admin', namespace: scope }) })
  const to = graph.node({ kind: 'ability', ability: 'label-namespace', scope })
  graph.add({ rule: 'part', from: [id], to })
}

// Whoever may be named; what that gives is in borrowed.ts.
function addBorrowed({ kind, namespace = '' }: Subject, each: (whole: AttackNode) => void): void {
  if (kind === 'User') each({ kind: 'any-user', borrowed: true })
  if (kind === 'ServiceAccount') each({ kind: 'any-account', scope: namespace, borrowed: true })
}

/**
 * The groups are those that the API server itself adds; which others a user is in, nobody knows. A member of any group has credentials, and so is
 * in system:authenticated too.
 */
function addSubject(subject: Subject, id: number, graph: AttackGraph, isThere: (account: Subject) => boolean): void {
  const group = (name: string) => graph.node({ kind: 'subject', subject: { kind: 'Group', name } })
  if (subject.kind === 'Group') {
    if (subject.name !== 'system:masters')
      graph.add({ rule: 'each', from: [graph.node({ kind: 'any-group' })], to: id })
  } else if (subject.kind === 'User') {
    graph.add({ rule: 'each', from: [graph.node({ kind: 'any-user' })], to: id })
  } else if (isThere(subject)) {
    const from = [graph.node({ kind: 'any-account', scope: subject.namespace ?? '' })]
    graph.add({ rule: 'each', from, to: id })
  } else {
    // Impersonation and certificates ask for no account, only for its name.
    const from = [graph.node({ kind: 'ability', ability: 'name-account', scope: subject.namespace ?? '' })]
    graph.add({ rule: 'each', from, to: id })
  }
  for (const name of groupsOf(subject)) graph.add({ rule: 'member', from: [id], to: group(name) })
}

/** The groups that the API server puts a subject into; of a group, those that its members are in besides. */
export function groupsOf(subject: Subject): string[] {
  if (subject.kind !== 'Group') return identityOf(subject).groups
  return subject.name === 'system:unauthenticated' || subject.name === 'system:authenticated'
    ? []
    : ['system:authenticated']
}

/** The steps from each binding's subjects to its role, where that exists; returns the nodes of the subjects. */
export function addBindings({ index }: AttackWorld, graph: AttackGraph): Map<BoundRole, number[]> {
  const subjects = new Map<BoundRole, number[]>()
  const add = (bound: BoundRole) => {
    const id = graph.node({ kind: 'binding', bound })
    const ids = new Set(subjectsOf(bound.binding).map(({ subject }) => graph.node({ kind: 'subject', subject })))
    subjects.set(bound, [...ids])
    for (const from of ids) graph.add({ rule: 'holds', from: [from], to: id })
    if (!bound.role) return
    const to = graph.node({ kind: 'role', role: bound.role, scope: scopeOf(bound.binding) })
    graph.add({ rule: 'bound', from: [id], to })
  }
  for (const bound of index.clusterWide) add(bound)
  for (const inside of index.byNamespace.values()) for (const bound of inside) add(bound)
  return subjects
}
