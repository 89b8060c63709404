import { readAuditPolicy } from '../audit-log/coverage/policy.ts'
import { firstSeen } from '../audit-log/questions/history.ts'
import type { Question } from '../audit-log/questions/question.ts'
import { questions } from '../audit-log/questions/questions.ts'
import type { ReadProgress } from '../audit-log/read/read-audit-log.ts'
import { auditReport, type AuditReport } from '../audit-log/report.ts'
import { SecureError } from '../errors.ts'
import { sizeText } from '../evidence/tally.ts'
import { startProgress } from '../terminal/progress.ts'
import { type AuditFlags, parseActor, parseTime } from './audit-flags.ts'
import { auditSources } from './audit-sources.ts'
import { keepNewSpaceSmall } from './memory.ts'

export const questionIds = questions.map(({ id }) => id)

/** The whole of `audit ask`: one question, or all. Throws SecureError. */
export async function askAudit(flags: AuditFlags, id: string | undefined): Promise<AuditReport> {
  const { sources, gaps, options, isWanted } = await prepared(flags)
  const { since } = options
  const { asked, notes } = askedFor(id, since)
  const report = await reading(async (onProgress) => {
    return await auditReport(sources, {
      ...options,
      asked,
      ...(since !== undefined && { knownBefore: since }),
      onProgress,
    })
  })
  return { ...report, ...withMore(report, gaps, notes), findings: report.findings.filter(isWanted) }
}

/** What flags say of which log to read, of when and of whom. Throws SecureError. */
export async function prepared(flags: AuditFlags) {
  keepNewSpaceSmall()
  const now = new Date()
  const since = flags.since === undefined ? undefined : parseTime('--since', flags.since, now)
  const until = flags.until === undefined ? undefined : parseTime('--until', flags.until, now)
  const actor = flags.subject === undefined ? undefined : parseActor(flags.subject)
  const { sources, gaps } = await auditSources(flags)
  const policy = flags['audit-policy'] === undefined ? undefined : await readAuditPolicy(flags['audit-policy'])
  return {
    sources,
    gaps,
    options: { policy, since, until },
    isWanted: ({ by, as }: { by: string; as?: string }) => actor === undefined || by === actor || as === actor,
  }
}

/** Shows how far the reading of a log is. */
export async function reading<T>(work: (onProgress: (progress: ReadProgress) => void) => Promise<T>): Promise<T> {
  const progress = startProgress('reading the audit log')
  try {
    return await work(showing(progress.update))
  } finally {
    progress.stop()
  }
}

/** The question of an id, or all that can be asked, and why one cannot. Throws SecureError `usage`. */
export function askedFor(id: string | undefined, since: string | undefined): { asked: Question[]; notes: string[] } {
  if (id === firstSeen.id && since === undefined)
    throw new SecureError('usage', `${firstSeen.id} needs --since: what was in the log before that time is known`)
  if (id !== undefined) return { asked: questions.filter((question) => question.id === id), notes: [] }
  if (since !== undefined) return { asked: [...questions], notes: [] }
  const notes = [`${firstSeen.id} was not asked: it needs --since, as what was in the log before that time is known`]
  return { asked: questions.filter((question) => question !== firstSeen), notes }
}

function withMore(
  report: Pick<AuditReport, 'complete' | 'gaps' | 'notes'>,
  gaps: AuditReport['gaps'],
  notes: string[],
) {
  return {
    complete: report.complete && gaps.length === 0,
    gaps: [...report.gaps, ...gaps],
    notes: [...report.notes, ...notes],
  }
}

/** Progress through a log as a text. */
export function showing(update: (text: string) => void): (progress: ReadProgress) => void {
  return ({ bytes, events }) => update(`${sizeText(bytes)} of a file, ${events} events`)
}
