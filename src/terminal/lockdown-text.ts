import type { Breakage } from '../lockdown/model.ts'
import { endText, portsText } from '../lockdown/network/ends.ts'
import type { LockdownNamespace, LockdownReport } from '../lockdown/report.ts'
import { count } from './change-text.ts'
import type { Look } from './look.ts'
import { reachDiffTable } from './reach-diff-table.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'

type Options = { wide: boolean; width: number | undefined }
const few = 40

/**
 * What a lockdown would do, to be read before anything is written: what policies cut and open, what they let through and why, what new
 * pods would be refused for, who can open it again, and last what would break. Lists are cut with their count unless `wide`.
 */
export function lockdownPreview(report: LockdownReport, look: Look, options: Options): string {
  const { namespaces, reach } = report
  const rules = namespaces.flatMap((one) => one.rules.map((rule) => ({ namespace: one.namespace, ...rule })))
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
      by
        .slice(0, options.wide ? by.length : 1)
        .map(({ how, what }) => `${how}: ${what}`)
        .join('; ') + (!options.wide && by.length > 1 ? ` (+${by.length - 1} more)` : ''),
    ]),
  )
  table(
    'What goes on being let through by policies of others:',
    ['NAMESPACE', 'POLICY', 'DIRECTION', 'PODS'],
    namespaces.flatMap(({ namespace, leftOpen }) =>
      leftOpen.map(({ policy, direction, workloads }) => [
        namespace,
        `${policy.kind}/${policy.name}`,
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
    `Who can open it again, or get around it${options.wide ? '' : ', besides what the cluster itself runs by (-o wide)'}:`,
    ['NAMESPACE', 'WHO', 'SCOPE', 'CAN', 'BY'],
    namespaces.flatMap(({ namespace, writers }) =>
      writers
        .filter(({ subject }) => options.wide || !isOfCluster(subject))
        .map(({ subject, scope, can, chain, left }) => [
          namespace,
          subject,
          scope,
          can.join(', '),
          `${chain[0] ?? '-'}${chain.length > 1 ? ` (+${chain.length - 1} more)` : ''}${left === undefined ? '' : `; keeps it: ${left}`}`,
        ]),
    ),
  )
  return parts.join('') + breakageText(namespaces, look, options)
}

/** Everything that would stop, what is certain first, and how to keep each. */
export function breakageText(
  namespaces: readonly LockdownNamespace[],
  look: Look,
  { wide }: Pick<Options, 'wide'>,
): string {
  const breaks = namespaces.flatMap((one) => one.breaks)
  const sheet = new Sheet().blank()
  if (breaks.length === 0) return sheet.line('Nothing that is known would break.', { colour: 'green' }).toText(look)
  const certain = breaks.filter(({ certainty }) => certainty === 'certain')
  const possible = breaks.filter(({ certainty }) => certainty === 'possible')
  for (const [title, list] of [
    [`${count(certain.length, 'thing')} would break:`, certain],
    [`${count(possible.length, 'thing')} may break:`, possible],
  ] as const) {
    if (list.length === 0) continue
    sheet.line(title, { colour: list === certain ? ['bold', 'red'] : ['bold', 'yellow'] })
    const shown = wide ? list : list.slice(0, few)
    for (const one of shown) addBreakage(sheet, one, wide)
    if (shown.length < list.length) sheet.line(`and ${list.length - shown.length} more (-o wide)`, { indent: 2 })
  }
  return sheet.toText(look)
}

function addBreakage(sheet: Sheet, { of, text, evidence, keep }: Breakage, wide: boolean): void {
  const whose = `${of.kind} ${of.namespace === '' || of.kind === 'Namespace' ? '' : `${of.namespace}/`}${of.name}`
  sheet.lead('-', `${whose}: ${text}`, { indent: 2 })
  const sources = (wide ? evidence : evidence.slice(0, 2)).map(
    ({ how, what, at }) => `${how}: ${what}${wide && at !== undefined ? ` (${at})` : ''}`,
  )
  if (evidence.length > sources.length) sources.push(`and ${evidence.length - sources.length} more`)
  sheet.field('because', sources, { indent: 4 })
  if (keep !== undefined) sheet.field('keep it', keep, { indent: 4, wrap: false })
}

/** What every cluster has: to name forty controllers each time hides the one that should not be there. */
function isOfCluster(subject: string): boolean {
  return /^(?:sa:kube-system\/|user:system:kube-|group:system:masters$)/.test(subject)
}
