import { subjectKey } from '../rbac/identity.ts'
import { subjectsOf } from '../rbac/rbac-index.ts'
import type { Binding, Subject } from '../snapshot/objects.ts'
import type { AttackGraph } from './model.ts'
import { listOf, type SearchGraph } from './search-graph.ts'
import { groupsOf } from './structure.ts'

/** A binding that a way is on, and the subject of it (subjectKey) by which. */
export type Used = { binding: Binding; key: string }

/** The bindings that a way is on. */
export function usedBy(graph: AttackGraph, way: readonly number[]): Used[] {
  return way.flatMap((step) => usedByStep(graph, step))
}

function usedByStep({ nodes, steps }: AttackGraph, id: number): Used[] {
  const { from = [], to = -1, rights = [] } = steps[id] ?? {}
  const [end, holder] = [nodes[to], nodes[from[0] ?? -1]]
  if (holder?.kind !== 'subject') return []
  if (end?.kind === 'binding') return [{ binding: end.bound.binding, key: subjectKey(holder.subject) }]
  return rights.flatMap(({ bound }) =>
    bound ? entriesFor(bound.binding, holder.subject).map((key) => ({ binding: bound.binding, key })) : [],
  )
}

/** The subjects of a binding by which an identity has what it gives: itself, its groups. */
function entriesFor(binding: Binding, subject: Subject): string[] {
  const keys = new Set(
    [subject, ...groupsOf(subject).map((name): Subject => ({ kind: 'Group', name }))].map(subjectKey),
  )
  return [...new Set(subjectsOf(binding).map((entry) => subjectKey(entry.subject)))].filter((key) => keys.has(key))
}

/** Looks up the steps that are gone with some subjects of a binding. */
export function stepsByBinding(searched: SearchGraph): (binding: Binding, keys: ReadonlySet<string>) => number[] {
  const { graph, into } = searched
  const joined = new Map<Binding, number[]>()
  const nodes = new Map<Binding, number[]>()
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind === 'binding') nodes.set(node.bound.binding, [...(nodes.get(node.bound.binding) ?? []), id])
  }
  for (const [id, { rights }] of graph.steps.entries()) {
    for (const { bound } of rights ?? [])
      if (bound) joined.set(bound.binding, [...(joined.get(bound.binding) ?? []), id])
  }
  return (binding, keys) => {
    const before = (nodes.get(binding) ?? []).flatMap((node) => [...listOf(into, node)])
    const steps = [...before, ...(joined.get(binding) ?? [])]
    // Who has it by two subjects, of which one stays, has it still.
    return steps.filter((step) =>
      usedByStep(graph, step).every((used) => used.binding !== binding || keys.has(used.key)),
    )
  }
}
