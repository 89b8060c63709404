import type { LockdownStatusReport, RunStanding } from '../lockdown/status.ts'
import { ageOf } from './age.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'

type Options = { wide: boolean; width: number | undefined; now: Date }
const few = 10

/** Which namespaces are closed, a line a lockdown; below it what is open, has drifted or was left, all of it with `wide`. */
export function lockdownStatusTable({ namespaces }: LockdownStatusReport, look: Look, options: Options): string {
  const { wide, width, now } = options
  const rows = namespaces.flatMap(({ namespace, runs }) =>
    runs.length === 0
      ? [[namespace, 'none', '-', '-', '-', '-', '-', '-']]
      : runs.map(({ level, state, drift, open, who, when, plan, incident = '-' }) => [
          namespace,
          level,
          state,
          String(drift.length),
          String(open.length),
          who,
          wide ? when : ageOf(when, now),
          `${plan}${incident === '-' ? '' : ` (${incident})`}`,
        ]),
  )
  const headings = ['NAMESPACE', 'LEVEL', 'STATE', 'DRIFT', 'OPEN', 'WHO', wide ? 'WHEN' : 'AGE', 'PLAN']
  const sheet = new Sheet()
  for (const { namespace, runs } of namespaces) for (const run of runs) addRun(sheet, namespace, run, wide)
  return formatTable(headings, rows, width) + sheet.toText(look)
}

function addRun(sheet: Sheet, namespace: string, { plan, drift, open, left }: RunStanding, wide: boolean): void {
  const lists = [
    [`${namespace} is open, though ${plan} closes it:`, open.map(({ part, text }) => `${part}: ${text}`)],
    [`not as ${plan} left it:`, drift],
    [`left when ${plan} was undone:`, left],
  ] as const
  for (const [title, texts] of lists) {
    if (texts.length === 0) continue
    sheet.blank().line(title, { colour: ['bold', 'yellow'] })
    for (const text of wide ? texts : texts.slice(0, few)) sheet.lead('-', text, { indent: 2 })
    if (!wide && texts.length > few) sheet.line(`and ${texts.length - few} more (-o wide)`, { indent: 2 })
  }
}
