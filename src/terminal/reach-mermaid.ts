import type { ReachChange, ReachDiffReport, ReachGroup, ReachReport } from '../network/reach-report.ts'
import { mermaidText } from '../text/mermaid.ts'
import { groupText, portsText, whereText } from './reach-text.ts'

type Edge = { from: number; to: number[]; arrow: string; text: string }

/** What is allowed, as a Mermaid flowchart; names are quoted, since an attacker may have chosen them. */
export function reachMermaid({ groups, rows }: ReachReport): string {
  const edges = rows.flatMap(({ from, to, connections }) =>
    connections
      .filter(({ verdict }) => verdict !== 'denied')
      .map(({ verdict, traffic }): Edge => {
        const unknown = verdict === 'unknown'
        return { from, to, arrow: unknown ? '-.->' : '-->', text: `${portsText(traffic)}${unknown ? ' ?' : ''}` }
      }),
  )
  return flowchart(groups, edges)
}

const arrows: Record<ReachChange['change'], string> = { opened: '==>', cut: '--x', unclear: '-.->' }

/** What a change opens (thick), cuts (crossed) or makes unclear (dotted), between the groups that it touches. */
export function reachDiffMermaid({ groups, rows }: ReachDiffReport): string {
  const touched = new Set(rows.flatMap(({ from, to }) => [from, ...to]))
  const edges = rows.flatMap(({ from, to, where, changes }) =>
    changes.map(({ change, traffic }): Edge => {
      return { from, to, arrow: arrows[change], text: `${change}: ${portsText(traffic)}${whereText(where)}` }
    }),
  )
  return flowchart(
    groups.filter(({ id }) => touched.has(id)),
    edges,
  )
}

function flowchart(groups: readonly ReachGroup[], edges: readonly Edge[]): string {
  const nodes = groups.map((group) => `  g${group.id}["${mermaidText(groupText(group, 3))}"]\n`)
  const lines = edges.flatMap(({ from, to, arrow, text }) =>
    to.map((id) => `  g${from} ${arrow}|"${mermaidText(text)}"| g${id}\n`),
  )
  return ['flowchart LR\n', ...nodes, ...lines].join('')
}
