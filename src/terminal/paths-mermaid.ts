import type { Holding, PathsReport } from '../attack/report.ts'
import { mermaidText } from '../text/mermaid.ts'
import { grantText, holdingText } from './paths-text.ts'

/** All paths as one Mermaid flowchart; what is the same thing on several is drawn once. Dotted: from all of a kind to the one that is used. */
export function pathsMermaid({ paths }: PathsReport): string {
  const ids = new Map<string, number>()
  const nodes: string[] = []
  const edges = new Set<string>()
  const idOf = (holding: Holding, shape: (text: string) => string = (text) => `["${text}"]`) => {
    const known = ids.get(holding.text)
    if (known !== undefined) return known
    const id = ids.size
    ids.set(holding.text, id)
    nodes.push(`  n${id}${shape(mermaidText(holdingText(holding)))}\n`)
    return id
  }
  for (const { from, hops } of paths) {
    idOf(from, (text) => `(["${text}"])`)
    for (const { rule, needs, from, to, grants, unsure } of hops) {
      const start = idOf(from)
      for (const need of needs) {
        const before = hops[need]
        if (before && before.to.text !== from.text) edges.add(`  n${idOf(before.to)} -.-> n${start}\n`)
      }
      const because = grants[0] ? ` by ${grantText(grants[0])}` : ''
      edges.add(
        `  n${start} -->|"${mermaidText(`${rule}${because}${unsure === undefined ? '' : ' ?'}`)}"| n${idOf(to)}\n`,
      )
    }
  }
  return ['flowchart LR\n', ...nodes, ...edges].join('')
}
