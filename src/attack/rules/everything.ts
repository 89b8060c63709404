import type { AttackGraph, AttackNode } from '../model.ts'

/** The node of who has everything in a scope, by stars or what is as good. */
export function everythingIn(graph: AttackGraph, scope: string): number {
  const node: AttackNode = scope === '*' ? { kind: 'admin' } : { kind: 'namespace-admin', namespace: scope, all: true }
  return graph.node(node)
}
