import type { Readable } from 'node:stream'
import { apiVersion, type Gap } from '../snapshot/snapshot.ts'
import { coverageByLog, coverageByPolicy, type QuestionCoverage } from './coverage/coverage.ts'
import { LogObserver } from './coverage/observe.ts'
import type { AuditPolicy } from './coverage/policy.ts'
import type { AuditEvent } from './event.ts'
import type { Finding } from './questions/finding.ts'
import type { Question, QuestionOptions } from './questions/question.ts'
import { ask, wordsFor } from './questions/questions.ts'
import { readAuditLog, type ReadProgress, type ReadReport } from './read/read-audit-log.ts'
import { mergeStages } from './request.ts'

/** The answers of an audit log to some questions, with what they can be trusted for. */
export type AuditReport = {
  apiVersion: typeof apiVersion
  kind: 'AuditReport'
  complete: boolean
  gaps: Gap[]
  notes: string[]
  read: Omit<ReadReport, 'gaps'>
  /** The time the log spans and where it is silent; only where all of it was looked at. */
  span?: { first?: string; last?: string; silences: { from: string; to: string }[] }
  coverage: QuestionCoverage[]
  /** Alike ones are one, with a count. */
  findings: (Finding & { names?: string[] })[]
}

export type AuditReportOptions = QuestionOptions & {
  asked: readonly Question[]
  /** Without it coverage is what the log itself shows. */
  policy?: AuditPolicy | undefined
  since?: string
  until?: string
  onProgress?: ((progress: ReadProgress) => void) | undefined
}

/** Asks an audit log. Throws SecureError('usage') where its path cannot be used at all. */
export async function auditReport(source: Readable | string, options: AuditReportOptions): Promise<AuditReport> {
  const { asked, policy, since, until, onProgress } = options
  // What a log covers shows in all its events, or in those with the words where they are the resource's own.
  const words = policy || asked.every(wordsAreItsKinds) ? wordsFor(asked) : undefined
  const filter = {
    ...(words && { words }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
  const { events, report } = readAuditLog(source, { filter, onProgress })
  const log = new LogObserver()
  const findings = new Map<string, AuditReport['findings'][number]>()
  for await (const finding of ask(mergeStages(observed(events, log)), asked, options)) add(findings, finding)
  const coverage = policy ? coverageByPolicy(policy, asked) : coverageByLog(log, asked)
  const { gaps, ...read } = report
  const { first, last, silences } = log
  return {
    apiVersion,
    kind: 'AuditReport',
    complete: gaps.length === 0 && coverage.every(({ verdict }) => verdict === 'answerable'),
    gaps,
    notes: policy?.notes ?? [],
    read,
    ...(!words && { span: { ...(first !== undefined && { first }), ...(last !== undefined && { last }), silences } }),
    coverage,
    findings: [...findings.values()].toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
  }
}

function wordsAreItsKinds({ words, needs }: Question): boolean {
  const shown = (text = '') => words?.some((word) => text.includes(word)) === true
  return needs.every(({ resource, subresource }) => shown(resource) || shown(subresource))
}

async function* observed(events: AsyncIterable<AuditEvent>, log: LogObserver): AsyncGenerator<AuditEvent> {
  for await (const event of events) {
    log.see(event)
    yield event
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
