import { apiVersion } from '../snapshot/snapshot.ts'
import { openPass, type PassOptions, type Trust } from './pass.ts'
import type { Finding } from './questions/finding.ts'
import type { QuestionOptions } from './questions/question.ts'
import { searchAll } from './questions/questions.ts'
import type { LogSource } from './read/sources.ts'

/** The answers of an audit log to some questions, with what they can be trusted for. */
export type AuditReport = { apiVersion: typeof apiVersion; kind: 'AuditReport' } & Trust & {
    /** Alike ones are one, with a count. */
    findings: (Finding & { names?: string[] })[]
  }

export type AuditReportOptions = QuestionOptions & PassOptions

/** Asks an audit log. Throws SecureError('usage') where a path cannot be used at all. */
export async function auditReport(
  source: LogSource | readonly LogSource[],
  options: AuditReportOptions,
): Promise<AuditReport> {
  const { batches, asked, trust } = openPass(source, options)
  const findings = new Map<string, AuditReport['findings'][number]>()
  const { see, end } = searchAll(asked, options)
  for await (const requests of batches)
    for (const request of requests) for (const finding of see(request)) add(findings, finding)
  for (const finding of end()) add(findings, finding)
  return {
    apiVersion,
    kind: 'AuditReport',
    ...trust(),
    findings: [...findings.values()].toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
  }
}

const mostShown = 20

// A controller that lists secrets all day is one line of an answer, and must not fill the memory.
function add(findings: Map<string, AuditReport['findings'][number]>, finding: Finding): void {
  const { question, by, as, from, what, namespace, name, outcome } = finding
  const key = JSON.stringify([question, by, as, from, what, namespace, outcome.result])
  const known = findings.get(key)
  if (!known) return void findings.set(key, { ...finding, ...(name !== undefined && { names: [name] }) })
  known.count += finding.count
  known.until = finding.until ?? finding.time
  if (known.evidence.length < mostShown) known.evidence.push(...finding.evidence)
  if (name === undefined || known.names?.includes(name)) return
  delete known.name
  if ((known.names?.length ?? 0) < mostShown) known.names = [...(known.names ?? []), name]
}
