import type { Source } from '../lockdown/model.ts'
import { endText, portsText } from '../lockdown/network/ends.ts'
import { isForeign, sourceText, speakersOf } from '../lockdown/network/words.ts'
import type { LockdownNamespace, LockdownReport } from '../lockdown/report.ts'
import { count } from './change-text.ts'
import { breakageText, few } from './lockdown-breakage.ts'
import { foreignWarnings } from './lockdown-summary.ts'
import type { Look } from './look.ts'
import { reachDiffTable } from './reach-diff-table.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'

type Options = { wide: boolean; width: number | undefined }

/**
 * What a lockdown would do, to be read before anything is written: what policies cut and open, what they let through and why, what new
 * pods would be refused for, who can open it again, and last what would break. Lists are cut with their count unless `wide`.
 */
export function lockdownPreview(report: LockdownReport, look: Look, options: Options): string {
  const { namespaces, reach } = report
  const rules = namespaces.flatMap((one) =>
    one.rules.filter((rule) => !isForeign(rule)).map((rule) => ({ namespace: one.namespace, ...rule })),
  )
  const parts: string[] = []
  const table = (title: string, headings: string[], rows: string[][]) => {
    if (rows.length === 0) return
    const shown = options.wide ? rows : rows.slice(0, few)
    const more = rows.length - shown.length
    parts.push(
      new Sheet().blank().line(title, { colour: 'bold' }).toText(look),
      formatTable(headings, shown, options.width),
      ...(more > 0 ? [`and ${more} more (-o wide)\n`] : []),
    )
  }
  if (reach && reach.rows.length > 0) {
    const rows = options.wide ? reach.rows : reach.rows.slice(0, few)
    parts.push(
      new Sheet().blank().line('What policies cut and open:', { colour: 'bold' }).toText(look),
      reachDiffTable({ ...reach, rows }, options),
      ...(rows.length < reach.rows.length ? [`and ${reach.rows.length - rows.length} more (-o wide)\n`] : []),
    )
  }
  table(
    'What is let through, and why:',
    ['NAMESPACE', 'PODS', 'DIRECTION', 'PEER', 'PORTS', 'FROM'],
    rules.map(({ namespace, workload, direction, peer, ports, by }) => [
      namespace,
      workload,
      direction,
      endText(peer),
      portsText(ports),
      sourcesText(by, options.wide),
    ]),
  )
  table(
    'What other namespaces alone declare; who can write there? (who-can create pods -n NAMESPACE):',
    ['NAMESPACE', 'WHOSE WORD', 'CLIENTS', 'TO', 'PORTS', 'IS', 'FROM'],
    namespaces.flatMap(({ namespace, foreign }) =>
      foreign.map((need) => [
        namespace,
        speakersOf(need).join(', '),
        endText(need.from),
        endText(need.to),
        portsText(need.ports),
        need.open ? 'let in' : 'not let in',
        sourcesText(need.by, options.wide),
      ]),
    ),
  )
  const warnings = foreignWarnings(namespaces)
  if (warnings.length > 0) {
    const sheet = new Sheet().blank()
    for (const line of warnings) sheet.lead('Warning:', line, { colour: 'yellow' })
    parts.push(sheet.toText(look))
  }
  table(
    'What goes on being let through by other policies:',
    ['NAMESPACE', 'POLICY', 'DIRECTION', 'PODS'],
    namespaces.flatMap(({ namespace, leftOpen }) =>
      leftOpen.map(({ policy, direction, workloads, plan }) => [
        namespace,
        `${policy.kind}/${policy.name}${plan === undefined ? '' : ` (kubectl secure undo ${plan})`}`,
        direction,
        workloads.slice(0, 3).join(', ') + (workloads.length > 3 ? ` and ${workloads.length - 3} more` : ''),
      ]),
    ),
  )
  table(
    'What Pod Security has against workloads:',
    ['WORKLOAD', 'LEVEL', 'FIELD', 'WHY'],
    namespaces.flatMap(({ violations }) =>
      violations.map(({ workload: { kind, namespace, name }, level, fields, text }) => [
        `${kind} ${namespace}/${name}`,
        level,
        fields[0] ?? '-',
        text,
      ]),
    ),
  )
  table(
    'Who can open it again, or get around it:',
    ['NAMESPACE', 'WHO', 'SCOPE', 'CAN', 'BY'],
    namespaces.flatMap((one) => writerRows(one, options.wide)),
  )
  return parts.join('') + breakageText(namespaces, look, options)
}

function sourcesText(by: readonly Source[], wide: boolean): string {
  const shown = by.slice(0, wide ? by.length : 1).map(sourceText)
  return shown.join('; ') + (shown.length < by.length ? ` (+${by.length - shown.length} more)` : '')
}

function writerRows({ namespace, writers }: LockdownNamespace, wide: boolean): string[][] {
  const shown = writers.filter(({ isSystem }) => wide || !isSystem)
  const rows = shown.map(({ subject, scope, can, chain, left }) => [
    namespace,
    subject,
    scope,
    can.join(', '),
    `${chain[0] ?? '-'}${chain.length > 1 ? ` (+${chain.length - 1} more)` : ''}${left === undefined ? '' : `; keeps it: ${left}`}`,
  ])
  // Every cluster has it: to name forty controllers each time hides the one that should not be there.
  const [first, ...others] = writers.filter(({ isSystem }) => isSystem)
  if (wide || !first) return rows
  const who = `${first.subject}${others.length > 0 ? ` and ${count(others.length, 'other')}` : ''}`
  return [...rows, [namespace, who, '*', '-', 'what the cluster itself runs by keeps what it has (-o wide)']]
}
