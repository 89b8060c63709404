import type { ReachDiffReport } from '../network/reach-report.ts'
import { byText, groupText, portsText, whereText } from './reach-text.ts'
import { formatTable } from './table.ts'

/**
 * What a change opens, cuts or makes unclear, as a table: a line for each difference, with what decided before and what
 * decides after; `wide` names all members, and every policy that has a say.
 */
export function reachDiffTable(
  report: ReachDiffReport,
  { wide, width }: { wide: boolean; width: number | undefined },
): string {
  const shown = wide ? Number.POSITIVE_INFINITY : 3
  const names = new Map(report.groups.map((group) => [group.id, groupText(group, shown)]))
  const rows = report.rows.flatMap(({ from, to, where, changes }) =>
    changes.map(({ change, before, after, traffic, byBefore, byAfter, reason }) => [
      change,
      names.get(from) ?? '',
      `${to.map((id) => names.get(id) ?? '').join(wide ? ' + ' : ', ')}${whereText(where)}`,
      portsText(traffic),
      `${before} → ${after}`,
      `${byText(byBefore, 'no policy', wide)} → ${byText(byAfter, reason, wide)}`,
    ]),
  )
  return formatTable(['CHANGE', 'FROM', 'TO', 'PORTS', 'VERDICT', 'BY'], rows, width)
}
