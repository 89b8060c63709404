import { questions } from '../audit-log/questions/questions.ts'
import type { AuditReport } from '../audit-log/report.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { actorText, outcomeText, secondText, targetText } from './audit-words.ts'
import { coverageTable, coverageText } from './coverage-text.ts'
import type { Look } from './look.ts'
import { formatTable } from './table.ts'

type Shape = { wide: boolean; look: Look }
type Row = AuditReport['findings'][number]

/**
 * What an audit log answers: the findings of each question, then what each answer is worth. `wide` has the control plane's routine,
 * exact times, addresses, programs and the lines of the log.
 */
export function auditText(report: AuditReport, shape: Shape): string {
  const sections = report.coverage.flatMap(({ question }) => {
    const found = report.findings.filter((one) => one.question === question)
    const shown = shape.wide ? found : found.filter(({ routine }) => routine === undefined)
    if (shown.length === 0) return []
    return [`${heading(question)}\n${findingsTable(shown, shape)}\n`]
  })
  return `${sections.join('')}${shape.wide ? coverageTable(report, shape.look.width) : coverageText(report, shape.look)}`
}

/** How many findings the table leaves out unless it is wide. */
export function routineCount({ findings }: AuditReport): number {
  return findings.filter(({ routine }) => routine !== undefined).length
}

function heading(id: string): string {
  const question = questions.find((one) => one.id === id)
  return escapeForTerminal(`${id}: ${question?.title ?? ''} (${question?.attack.join(', ') ?? ''})`)
}

function findingsTable(rows: Row[], { wide, look: { width } }: Shape): string {
  if (!wide) {
    const headings = ['TIME', 'ACTOR', 'OUTCOME', 'COUNT', 'TARGET', 'WHAT']
    return formatTable(headings, rows.map(narrow), width)
  }
  const headings = ['SEVERITY', 'TIME', 'UNTIL', 'ACTOR', 'FROM', 'PROGRAM', 'OUTCOME', 'COUNT', 'TARGET', 'WHAT']
  return formatTable([...headings, 'ROUTINE', 'WHY', 'LINES'], rows.map(full), width)
}

function narrow(row: Row): string[] {
  return [
    secondText(row.time),
    actorText(row),
    outcomeText(row.outcome),
    String(row.count),
    targetText(row),
    whatText(row),
  ]
}

function full(row: Row): string[] {
  const { severity, time, until = '-', from = '-', userAgent = '-', routine = '-', outcome, count, evidence } = row
  const lines = evidence.flatMap(({ at }) => at.map(({ file, line }) => `${file}:${line}`))
  const lead = [
    severity,
    time || 'unknown',
    until,
    actorText(row),
    from,
    userAgent,
    outcomeText(outcome),
    String(count),
  ]
  return [...lead, targetText(row), whatText(row), routine, outcome.why ?? '-', lines.join(' ')]
}

function whatText({ what, truncated }: Row): string {
  return truncated ? `${what} (the log has not all of it)` : what
}
