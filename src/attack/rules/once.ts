import type { AttackGraph } from '../model.ts'

const done = new WeakMap<AttackGraph, Set<string>>()

/** Whether this is the first time that a graph is asked for a key: for steps that several occasions come to. */
export function isFirst(graph: AttackGraph, key: string): boolean {
  const keys = done.get(graph) ?? new Set()
  done.set(graph, keys)
  if (keys.has(key)) return false
  keys.add(key)
  return true
}
