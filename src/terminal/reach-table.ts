import type { Decision } from '../network/decide.ts'
import type { ReachConnection, ReachGroup, ReachPorts, ReachReport } from '../network/reach-report.ts'
import { lastPort } from '../network/traffic.ts'
import { formatTable } from './table.ts'

/** Who reaches whom as a table: a line for each answer; `wide` names all members, and every policy that had a say. */
export function reachTable(report: ReachReport, { wide, width }: { wide: boolean; width: number | undefined }): string {
  const shown = wide ? Number.POSITIVE_INFINITY : 3
  const names = new Map(report.groups.map((group) => [group.id, groupText(group, shown)]))
  const rows = report.rows.flatMap(({ from, to, where, connections }) =>
    connections.map((connection) => {
      const place = where === undefined ? '' : where === 'own-node' ? ' (own node)' : ' (other nodes)'
      const ends = to.map((id) => names.get(id) ?? '').join(wide ? ' + ' : ', ')
      return [
        names.get(from) ?? '',
        `${ends}${place}`,
        portsText(connection.traffic),
        connection.verdict,
        whyText(connection, wide),
      ]
    }),
  )
  return formatTable(['FROM', 'TO', 'PORTS', 'VERDICT', 'BY'], rows, width)
}

/** What is allowed, as a Mermaid flowchart; names are quoted, since an attacker may have chosen them. */
export function reachMermaid(report: ReachReport): string {
  const nodes = report.groups.map((group) => `  g${group.id}["${mermaidText(groupText(group, 3))}"]\n`)
  const edges = report.rows.flatMap(({ from, to, connections }) =>
    connections
      .filter(({ verdict }) => verdict !== 'denied')
      .flatMap(({ verdict, traffic }) => {
        const arrow = verdict === 'allowed' ? '-->' : '-.->'
        return to.map(
          (id) =>
            `  g${from} ${arrow}|"${mermaidText(portsText(traffic))}${verdict === 'unknown' ? ' ?' : ''}"| g${id}\n`,
        )
      }),
  )
  return ['flowchart LR\n', ...nodes, ...edges].join('')
}

// Mermaid takes character codes between # and ;. All but plain letters go that way.
function mermaidText(text: string): string {
  return text.replace(/[^\w ./:,+()-]/gu, (character) => `#${character.codePointAt(0)};`)
}

function groupText({ kind, members, ranges }: ReachGroup, most: number): string {
  const names = members.length > 0 ? members : ranges
  if (kind === 'external' && names.length > most) return 'world'
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

function portsText(traffic: ReachPorts[]): string {
  const isAll = ({ ports }: ReachPorts) => ports.length === 1 && ports[0]?.from === 1 && ports[0].to === lastPort
  if (traffic.length === 3 && traffic.every(isAll)) return 'all'
  return traffic
    .map((entry) => {
      if (isAll(entry)) return entry.protocol
      return `${entry.protocol} ${entry.ports.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(',')}`
    })
    .join(' ')
}

function whyText({ by, reason }: ReachConnection, wide: boolean): string {
  const [first, ...more] = by
  if (!first) return reason
  if (wide) return by.map(decisionText).join('; ')
  return `${decisionText(first)}${more.length > 0 ? ` (+${more.length} more)` : ''}`
}

function decisionText({ policy, direction, action, rule }: Decision): string {
  const name = `${policy.kind}/${policy.namespace === undefined ? '' : `${policy.namespace}/`}${policy.name}`
  return `${name} ${rule ? rule.at : `isolates ${direction}`}: ${action}`
}
