import { nodeText } from './nodes.ts'
import { Forward } from './search-forward.ts'
import type { SearchGraph } from './search-graph.ts'

const words = {
  account: ['acts as', 'service account'],
  pod: ['runs code in', 'pod'],
  secret: ['reads', 'secret'],
  namespace: ['has all of', 'namespace'],
} as const

/** What else somebody comes to hold, in a sentence; none for who comes to hold everything, or nothing. */
export function gainsOf(searched: SearchGraph, start: number): string[] {
  const { nodes } = searched.graph
  const found = new Map<keyof typeof words, Set<string>>()
  for (const id of new Forward(searched).all([start])) {
    const node = nodes[id]
    if (!node || id === start) continue
    if (node.kind === 'admin') return []
    const kind =
      node.kind === 'subject' && node.subject.kind === 'ServiceAccount'
        ? 'account'
        : node.kind === 'namespace-admin'
          ? 'namespace'
          : node.kind
    if (kind === 'account' || kind === 'pod' || kind === 'secret' || kind === 'namespace') {
      found.set(kind, (found.get(kind) ?? new Set<string>()).add(nodeText(node)))
    }
  }
  if (found.size === 0) return []
  const parts = [...found].map(([kind, all]) => {
    const texts = [...all]
    const [verb, noun] = words[kind]
    const more = texts.length > 3 ? ', …' : ''
    return `${verb} ${texts.length} ${noun}${texts.length === 1 ? '' : 's'} (${texts.slice(0, 3).join(', ')}${more})`
  })
  return [`${nodeText(nodes[start] ?? { kind: 'admin' })} also ${parts.join(', ')}: --to asks for the way to one`]
}
