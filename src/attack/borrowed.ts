import { type BoundRole, scopeOf } from '../rbac/rbac-index.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { AttackGraph, AttackNode } from './model.ts'
import type { Powers } from './powers.ts'
import { impersonationPowers } from './rules/identity-impersonate.ts'
import { groupsOf } from './structure.ts'

const borrowed = true

/**
 * The steps from whom somebody impersonates to what that gives. They are those of the subject itself, but for the roles that let it impersonate: these have
 * a node of their own, which leads to all but that. To be called once a borrowed node.
 */
export function createBorrowing(
  subjects: Map<BoundRole, number[]>,
  graph: AttackGraph,
  powers: Powers,
): (node: AttackNode, id: number) => void {
  let held: Map<number, BoundRole[]> | undefined
  return (node, id) => {
    if (node.kind === 'binding') {
      const { role, binding } = node.bound
      if (role)
        graph.add({
          rule: 'bound',
          from: [id],
          to: graph.node({ kind: 'role', role, scope: scopeOf(binding), borrowed }),
        })
    } else if (node.kind === 'subject') addSubject(node.subject, id)
  }

  function addSubject(subject: Subject, id: number): void {
    const own = graph.find({ kind: 'subject', subject })
    held ??= byHolder(subjects)
    for (const bound of (own === undefined ? undefined : held.get(own)) ?? []) {
      const binding: AttackNode = { kind: 'binding', bound }
      const to = graph.node(mayImpersonate(bound) ? { ...binding, borrowed } : binding)
      graph.add({ rule: 'holds', from: [id], to })
    }
    const group = (name: string) => graph.node({ kind: 'subject', subject: { kind: 'Group', name }, borrowed })
    for (const name of groupsOf(subject)) graph.add({ rule: 'member', from: [id], to: group(name) })
    if (subject.kind === 'Group' && subject.name === 'system:masters') {
      graph.add({ rule: 'masters', from: [id], to: graph.node({ kind: 'admin' }) })
    }
    addKubelet(subject, id, group)
  }

  // Who names a kubelet and its group in one request has what the Node authorizer allows it (rules/state-nodes.ts).
  function addKubelet({ kind, name }: Subject, id: number, group: (name: string) => number): void {
    const node = kind === 'User' && name.startsWith('system:node:') ? name.slice('system:node:'.length) : undefined
    if (node === undefined) return
    const to = graph.find({ kind: 'ability', ability: 'node-credential', scope: '*', name: node })
    if (to !== undefined) graph.add({ rule: 'part', from: [id, group('system:nodes')], to })
  }

  function mayImpersonate({ role, binding }: BoundRole): boolean {
    return (
      role !== undefined && impersonationPowers.some((power) => powers.of(role, scopeOf(binding), power).length > 0)
    )
  }
}

function byHolder(subjects: Map<BoundRole, number[]>): Map<number, BoundRole[]> {
  const held = new Map<number, BoundRole[]>()
  for (const [bound, ids] of subjects) {
    for (const id of ids) {
      const list = held.get(id)
      if (list) list.push(bound)
      else held.set(id, [bound])
    }
  }
  return held
}
