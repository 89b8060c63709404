import type { RunStatus, StatusReport } from '../change/reports.ts'
import { ageOf } from './age.ts'
import { count, objectText } from './change-text.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { stateColour } from './run-text.ts'
import { shellLine } from '../text/shell.ts'
import { leftText, stateText, stepText } from './step-text.ts'
import { formatTable } from './table.ts'

type Options = { wide: boolean; width: number | undefined; now: Date }

/** What is in force on the cluster, a line a run; `wide` adds the exact time, where the record is, the reason and each drift. */
export function statusTable({ runs }: StatusReport, { wide, width, now }: Options): string {
  const headings = wide
    ? ['PLAN', 'INCIDENT', 'WHO', 'WHEN', 'STATE', 'TARGET', 'RECORDS', 'HOLDER', 'COMMAND', 'REASON', 'DRIFT']
    : ['PLAN', 'INCIDENT', 'WHO', 'AGE', 'STATE', 'DRIFT', 'TARGET']
  const rows = runs.map((run) => {
    const { plan, incident = '-', who, when, state, drift } = run
    if (!wide) return [plan, incident, who, ageOf(when, now), state, String(drift.length), targetText(run)]
    const { records, holder = '-', reason = '-' } = run
    const more = [records.join('+'), holder, shellLine(run.command), reason, drift.join('; ') || 'none']
    return [plan, incident, who, when, state, targetText(run), ...more]
  })
  return formatTable(headings, rows, width)
}

/** Everything about one run: who, when, why, what became of each change, and where the cluster is another by now. */
export function statusText(run: RunStatus, now: Date, look: Look, where = ''): string {
  const sheet = new Sheet().lead('Plan', run.plan)
  const indent = { indent: 2 }
  sheet.field('state', run.state, { ...indent, colour: stateColour(run.state) })
  sheet.field('who', run.who, indent).field('when', `${run.when} (${ageOf(run.when, now)} ago)`, indent)
  if (run.incident !== undefined) sheet.field('incident', run.incident, indent)
  if (run.reason !== undefined) sheet.field('reason', run.reason, indent)
  sheet.field('command', shellLine(['kubectl', 'secure', ...run.command]), indent)
  sheet.field(
    'record',
    run.records.map((where) => places[where]),
    indent,
  )
  if (run.holder !== undefined) sheet.field('held by', `${run.holder} (a run is under way, or was left so)`, indent)
  sheet.line(`${count(run.steps.length, 'change')}:`)
  for (const step of run.steps) {
    const { word, colour } = stateText(step.state)
    sheet.lead(word, `${stepText(step)}${step.why === undefined ? '' : `: ${step.why}`}`, { indent: 2, colour })
    for (const left of (step.left ?? []).map(leftText)) {
      sheet.lead(left.word, left.text, { indent: 4, colour: 'yellow' })
    }
  }
  const left = run.state === 'partly-undone' ? 'Not as undo is to leave it:' : 'Not any more as the plan left it:'
  if (run.drift.length > 0) sheet.line(left, { colour: 'yellow' })
  for (const line of run.drift) sheet.lead('-', line, indent)
  for (const line of run.notes) sheet.lead('Note:', line, { colour: 'cyan' })
  if (run.state === 'unfinished')
    sheet.field('Go on', `kubectl secure resume ${run.plan}${where} --finish | --undo`, { wrap: false })
  else if (run.state !== 'undone') sheet.field('Undo', `kubectl secure undo ${run.plan}${where}`, { wrap: false })
  return sheet.toText(look)
}

const places = { journal: "this machine's journal", cluster: 'the record in the cluster' }

// What the run changed of others'; where it only made things of its own, those.
function targetText({ steps }: RunStatus): string {
  const others = steps.filter(({ do: how }) => how !== 'create')
  const names = [...new Set((others.length > 0 ? others : steps).map(({ ref }) => objectText(ref)))]
  const [first = '-', ...more] = names
  return more.length === 0 ? first : `${first} (+${more.length} more)`
}
