import { SecureError } from '../errors.ts'
import { formatSubject, parseSubject } from '../rbac/subject-text.ts'
import type { Subject } from '../snapshot/objects.ts'
import { unescapeFromTerminal } from '../text/terminal.ts'
import type { AttackGraph, AttackNode } from './model.ts'
import type { Start, Target } from './report.ts'

const forms = 'admin, node, node:NAME, ns:NAMESPACE, secret:NAMESPACE/NAME or sa:NAMESPACE/NAME'

/** Reads what `--to` takes, with `\u{hex}` for characters that answers show so. Throws SecureError('usage'). */
export function parseTarget(text: string): Target {
  const typed = unescapeFromTerminal(text)
  if (typed === 'admin') return { kind: 'admin' }
  if (typed === 'node') return { kind: 'node' }
  const [, prefix, namespace, name = ''] = /^(node|ns|secret|sa):(?:([^/]+)\/)?([^/]+)$/s.exec(typed) ?? []
  if (prefix === 'node' && namespace === undefined) return { kind: 'node', name }
  if (prefix === 'ns' && namespace === undefined) return { kind: 'namespace', namespace: name }
  if (prefix === 'secret' && namespace !== undefined) return { kind: 'secret', namespace, name }
  if (prefix === 'sa' && namespace !== undefined) return { kind: 'account', namespace, name }
  throw new SecureError('usage', `"${typed}" is no target`, { hint: `write ${forms}` })
}

/** A target in the notation that `--to` takes. Raw text. */
export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'admin':
      return 'admin'
    case 'node':
      return target.name === undefined ? 'node' : `node:${target.name}`
    case 'namespace':
      return `ns:${target.namespace}`
    case 'secret':
      return `secret:${target.namespace}/${target.name}`
    case 'account':
      return `sa:${target.namespace}/${target.name}`
  }
}

/** Reads what `--from` takes. Throws SecureError('usage'). */
export function parseStart(text: string): Start {
  const typed = unescapeFromTerminal(text)
  if (/^node:./s.test(typed)) return { kind: 'Node', name: typed.slice('node:'.length) }
  try {
    return parseSubject(text)
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    throw error.with({ hint: 'write sa:NAMESPACE/NAME, user:NAME, group:NAME, pod:NAMESPACE/NAME or node:NAME' })
  }
}

/** A start in the notation that `--from` takes. Raw text. */
export function formatStart(start: Start): string {
  if (start.kind === 'Node') return `node:${start.name}`
  return start.kind === 'Pod' ? `pod:${start.namespace}/${start.name}` : formatSubject(start)
}

/** The nodes of which any is the target. One that is not in the graph is made, with what leads to it by structure alone. */
export function goalsOf(target: Target, graph: AttackGraph): Set<number> {
  const node = nodeOf(target)
  const goals = new Set([graph.node(node)])
  // To act as it is enough.
  if (node.kind === 'subject') goals.add(graph.node({ ...node, borrowed: true }))
  if (target.kind === 'node' && target.name === undefined) {
    for (const [id, { kind }] of graph.nodes.entries()) if (kind === 'node') goals.add(id)
  }
  return goals
}

function nodeOf(target: Target): AttackNode {
  switch (target.kind) {
    case 'admin':
    case 'secret':
      return target
    case 'node':
      return target.name === undefined ? { kind: 'any-node' } : { kind: 'node', name: target.name }
    case 'namespace':
      return { kind: 'namespace-admin', namespace: target.namespace }
    case 'account':
      return { kind: 'subject', subject: accountOf(target) }
  }
}

function accountOf({ namespace, name }: { namespace: string; name: string }): Subject {
  return { kind: 'ServiceAccount', namespace, name }
}

/** The node of a start, made where it is new: a user whom no binding names is in groups all the same. */
export function startNode(start: Start, graph: AttackGraph): number {
  if (start.kind === 'Pod') return graph.node({ kind: 'pod', namespace: start.namespace, name: start.name })
  if (start.kind === 'Node') return graph.node({ kind: 'node', name: start.name })
  return graph.node({ kind: 'subject', subject: start })
}
