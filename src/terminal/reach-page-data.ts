import type {
  ReachConnection,
  ReachDiffReport,
  ReachDiffRow,
  ReachGroup,
  ReachReport,
  ReachRow,
} from '../network/reach-report.ts'
import { escapeCell } from '../text/terminal.ts'
import type { ReachData } from './browser/reach-data.ts'
import { decisionText, groupText, portsText, whereText } from './reach-text.ts'

/** More rows make a page that no browser opens in good time. */
const mostRows = 700_000
const wheres = ['', whereText('own-node'), whereText('other-nodes')]

const verdicts: ReachData['kinds'] = [
  { name: 'allowed', mark: '✓', look: 'good' },
  { name: 'unknown', mark: '?', look: 'odd' },
  { name: 'denied', mark: '×', look: 'bad' },
]
const changes: ReachData['kinds'] = [
  { name: 'opened', mark: '+', look: 'bad' },
  { name: 'unclear', mark: '?', look: 'odd' },
  { name: 'cut', mark: '−', look: 'good' },
]

type Shown = { kind: string; traffic: ReachConnection['traffic']; by: string[]; reason: string }

/** A report as the page gets it, its texts fit to be looked at and each but once; and how many rows there was no room for. */
export function reachPageData(report: ReachReport | ReachDiffReport): { data: ReachData; leftOut: number } {
  const [by, ports, reasons] = [texts(), texts(), texts()]
  const connections = new Map<string, number>()
  const isDiff = report.kind === 'ReachDiffReport'
  const kinds = isDiff ? changes : verdicts
  const place = (known: Shown): number => {
    const entry: ReachData['connections'][number] = [
      kinds.findIndex(({ name }) => name === known.kind),
      ports.place(portsText(known.traffic).replaceAll(',', ', ')),
      known.by.map(by.place),
      reasons.place(known.reason),
    ]
    const key = JSON.stringify(entry)
    const at = connections.get(key) ?? connections.size
    connections.set(key, at)
    return at
  }
  // Groups are numbered by their place, in the report too; a page does not count on it.
  const groupAt = new Map(report.groups.map(({ id }, index) => [id, index]))
  const rows: ReachData['rows'] = []
  for (const row of report.rows.slice(0, mostRows)) {
    const { from, to, where } = row
    rows.push([
      groupAt.get(from) ?? 0,
      to.map((id) => groupAt.get(id) ?? 0),
      where === undefined ? 0 : where === 'own-node' ? 1 : 2,
      shownOf(row).map(place),
    ])
  }
  const data = {
    heading: isDiff ? 'Change' : 'Verdict',
    kinds,
    groups: report.groups.map(shownGroup),
    ports: ports.list(),
    by: by.list(),
    reasons: reasons.list(),
    connections: [...connections.keys()].map((key) => JSON.parse(key) as ReachData['connections'][number]),
    rows,
    wheres,
  }
  return { data, leftOut: report.rows.length - rows.length }
}

function shownOf(row: ReachRow | ReachDiffRow): Shown[] {
  if ('connections' in row) {
    return row.connections.map(({ verdict, traffic, by, reason }) => {
      return { kind: verdict, traffic, by: by.map(decisionText), reason }
    })
  }
  return row.changes.map(({ change, before, after, traffic, byBefore, byAfter, reason }) => ({
    kind: change,
    traffic,
    by: [
      ...byAfter.map((decision) => `after: ${decisionText(decision)}`),
      ...byBefore.map((decision) => `before: ${decisionText(decision)}`),
    ],
    reason: `was ${before}, is ${after}: ${reason}`,
  }))
}

function shownGroup(group: ReachGroup): ReachData['groups'][number] {
  const names = group.members.length > 0 ? group.members : group.ranges
  const [first = ''] = names
  const more = names.length > 1 ? ` +${names.length - 1}` : ''
  const isWorld = group.kind === 'external' && names.length > 3
  const label = isWorld ? `world: ${first} and ${names.length - 1} more` : groupText(group, 3)
  return {
    label: escapeCell(label),
    short: escapeCell(isWorld ? `world${more}` : `${first.replace(/^pod /, '')}${more}`),
    names: names.map(escapeCell),
  }
}

/** Texts that stand once, each at its place. */
function texts(): { place: (text: string) => number; list: () => string[] } {
  const places = new Map<string, number>()
  return {
    place(text) {
      const at = places.get(text) ?? places.size
      places.set(text, at)
      return at
    },
    list: () => [...places.keys()].map(escapeCell),
  }
}
