import type { TimelineRow } from '../../audit-log/timeline-rows.ts'
import type { Json } from '../../change/plan.ts'
import type { Row } from './journal-rows.ts'
import type { Lane } from './model.ts'
import type { Records } from './records.ts'

export type LogRows = { rows: Row[]; notes: string[] }
type About = { suspects: ReadonlySet<string>; responders: ReadonlySet<string>; records: Records }

const mostGroups = 50_000
// Of reads that are one row.
const mostNames = 3
type Group = { row: Row; names: Set<string> }

/** Rows of logs and evidence, each in its lane; those that say the same are one, from the first to the last. */
export async function rowsOfLogs(rows: AsyncIterable<TimelineRow>, about: About): Promise<LogRows> {
  const objects = objectsOf(about.records)
  const groups = new Map<string, Group>()
  const left = { own: 0, ours: 0, full: 0 }
  for await (const row of rows) {
    if (row.own || row.kind === 'request' || row.kind === 'change') left.own += 1
    else if (!row.claimed && about.responders.has(row.as ?? row.by)) left.ours += 1
    else {
      const lane = laneOf(row, about, objects)
      if (lane === undefined) continue
      const key = keyOf(row)
      const known = groups.get(key)
      if (known) join(known, row)
      else if (groups.size < mostGroups) groups.set(key, { row: made(row, lane), names: new Set([row.name ?? '']) })
      else left.full += 1
    }
  }
  return { rows: [...groups.values()].map(named), notes: notesOf(left) }
}

function laneOf(row: TimelineRow, { suspects }: About, objects: ReadonlySet<string>): Lane | undefined {
  const isTheirs = !row.claimed && (suspects.has(row.by) || (row.as !== undefined && suspects.has(row.as)))
  if (isTheirs) return 'intruder'
  if (row.routine !== undefined) return undefined
  if (row.questions.length > 0) return 'other'
  const isAbout = row.kind !== 'audit' && objects.has(`${row.namespace ?? ''}/${row.name ?? ''}`)
  return isAbout ? 'other' : undefined
}

/** What the run was about, by namespace and name. */
function objectsOf({ journal }: Records): Set<string> {
  const found = new Set<string>()
  const add = (value: Json | { namespace?: string; name: string }) => {
    if (typeof value !== 'object' || value === null || !('name' in value)) return
    const { namespace = '', name } = value
    if (typeof name === 'string' && typeof namespace === 'string') found.add(`${namespace}/${name}`)
  }
  for (const entry of journal.entries) {
    if (entry.type === 'input') add(entry.value)
    if (entry.type === 'done') for (const one of entry.covers ?? []) add(one)
    if (entry.type === 'plan') for (const one of entry.destroys) add(one)
  }
  return found
}

// What changes something, or is what an incident asks for, stands for itself; reads of one resource are one row.
const isRead = ({ kind, questions, what }: TimelineRow): boolean =>
  kind === 'audit' && questions.length === 0 && /^(?:get|list|watch) /.test(what)

function keyOf(row: TimelineRow): string {
  const { by, as = '', from = '', what, namespace = '', name = '', outcome, kind, at } = row
  const place = at.map(({ file, line }) => `${file}:${line}`).join()
  const own = isRead(row) ? [] : [name, row.time, ...(kind === 'audit' ? [place] : [])]
  return JSON.stringify([kind, by, as, from, what, namespace, outcome?.result ?? '', ...own])
}

function made(row: TimelineRow, lane: Lane): Row {
  const { by, as, from, what, namespace, name, outcome, until, count, attack, at, claimed, kind, source } = row
  const place = at[0] === undefined ? source : `${at[0].file}:${at[0].line}`
  const object = namespace === undefined ? name : `${namespace}/${name ?? '*'}`
  const code = outcome?.code === undefined || outcome.result === 'done' ? '' : ` ${outcome.code}`
  return {
    ...row,
    lane,
    said: {
      actor: by === '' ? (kind === 'audit' ? '(nobody)' : '(not known)') : by,
      what,
      count,
      attack,
      source: at.length > 1 ? `${place} and ${at.length - 1} more` : place,
      ...(claimed && { claimed }),
      ...(as !== undefined && { as }),
      ...(object !== undefined && { object }),
      ...(from !== undefined && { from }),
      ...(outcome && { outcome: `${outcome.result}${code}` }),
      ...(until !== undefined && { until }),
    },
  }
}

function join(group: Group, row: TimelineRow): void {
  const { row: known, names } = group
  const isEarlier = row.corrected < known.corrected
  const first = isEarlier ? made(row, known.lane) : known
  const until = isEarlier ? (known.said.until ?? known.corrected) : (row.until ?? row.corrected)
  const last = known.said.until !== undefined && known.said.until > until ? known.said.until : until
  group.row = { ...first, said: { ...first.said, count: known.said.count + row.count, until: last } }
  if (names.size <= mostNames) names.add(row.name ?? '')
}

function named({ row, names }: Group): Row {
  if (names.size < 2) return row
  const all = [...names].map((name) => (name === '' ? '*' : name))
  const text = `${all.slice(0, mostNames).join(', ')}${all.length > mostNames ? ', …' : ''}`
  return { ...row, said: { ...row.said, object: row.namespace === undefined ? text : `${row.namespace}/{${text}}` } }
}

function notesOf({ own, ours, full }: { own: number; ours: number; full: number }): string[] {
  return [
    ...(own > 0 ? [`left out, as the journals have them: requests and changes of this tool itself (${own})`] : []),
    ...(ours > 0
      ? [`left out: what was done as the users who responded (${ours}); kubectl secure evidence timeline shows it`]
      : []),
    ...(full > 0 ? [`left out: rows beyond ${mostGroups} that differ (${full})`] : []),
  ]
}
