import type { ReachReport } from '../network/reach-report.ts'
import { byText, groupText, portsText, whereText } from './reach-text.ts'
import { formatTable } from './table.ts'

/** Who reaches whom as a table: a line for each answer; `wide` names all members, and every policy that had a say. */
export function reachTable(report: ReachReport, { wide, width }: { wide: boolean; width: number | undefined }): string {
  const shown = wide ? Number.POSITIVE_INFINITY : 3
  const names = new Map(report.groups.map((group) => [group.id, groupText(group, shown)]))
  const rows = report.rows.flatMap(({ from, to, where, connections }) =>
    connections.map((connection) => {
      const ends = to.map((id) => names.get(id) ?? '').join(wide ? ' + ' : ', ')
      return [
        names.get(from) ?? '',
        `${ends}${whereText(where)}`,
        portsText(connection.traffic),
        connection.verdict,
        byText(connection.by, connection.reason, wide),
      ]
    }),
  )
  return formatTable(['FROM', 'TO', 'PORTS', 'VERDICT', 'BY'], rows, width)
}
