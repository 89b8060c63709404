import type { AttackGraph, AttackNode, Step } from './model.ts'
import { keysOf } from './nodes.ts'

/**
 * An empty graph. `structure` is called with each node when it is new: the steps that follow from what a node is (a group that a subject is in,
 * "any pod" of its namespace) are there as soon as the node is, whoever made it.
 */
export function createGraph(structure: (node: AttackNode, id: number, graph: AttackGraph) => void): AttackGraph {
  const nodes: AttackNode[] = []
  const steps: Step[] = []
  // Most steps need one node, and many the same: they share the list of it.
  const alone: number[][] = []
  const tables = new Map<string, Map<unknown, Map<unknown, number>>>()
  const graph: AttackGraph = {
    nodes,
    steps,
    node: (node) => {
      const [table, first, second] = keysOf(node)
      const row = entry(entry(tables, table), first)
      const known = row.get(second)
      if (known !== undefined) return known
      const id = nodes.push(node) - 1
      row.set(second, id)
      structure(node, id, graph)
      return id
    },
    find: (node) => {
      const [table, first, second] = keysOf(node)
      return tables.get(table)?.get(first)?.get(second)
    },
    add: (step) => {
      const [only] = step.from
      if (only !== undefined && step.from.length === 1) step.from = alone[only] ??= step.from
      steps.push(step)
    },
  }
  return graph
}

function entry<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let found = map.get(key)
  if (!found) map.set(key, (found = new Map()))
  return found
}
