import { readAuditPolicy } from '../audit-log/coverage/policy.ts'
import { firstSeen } from '../audit-log/questions/identity.ts'
import type { Question } from '../audit-log/questions/question.ts'
import { questions } from '../audit-log/questions/questions.ts'
import type { ReadProgress } from '../audit-log/read/read-audit-log.ts'
import { auditReport, type AuditReport } from '../audit-log/report.ts'
import { openTimeline, type OpenTimeline } from '../audit-log/timeline-rows.ts'
import { SecureError } from '../errors.ts'
import { sizeText } from '../evidence/tally.ts'
import { startProgress } from '../terminal/progress.ts'
import { type AuditFlags, parseActor, parseTime } from './audit-flags.ts'
import { auditSources } from './audit-sources.ts'

export const questionIds = questions.map(({ id }) => id)

/** The whole of `audit ask`: one question, or all. Throws SecureError. */
export async function askAudit(flags: AuditFlags, id: string | undefined): Promise<AuditReport> {
  const { sources, gaps, options, isWanted, notes } = await prepared(flags, id)
  const progress = startProgress('reading the audit log')
  try {
    const report = await auditReport(sources, { ...options, onProgress: showing(progress.update) })
    const findings = report.findings.filter(isWanted)
    return { ...report, ...withMore(report, gaps, notes), findings }
  } finally {
    progress.stop()
  }
}

/** The whole of `timeline`: its rows are read as they are taken. Throws SecureError. */
export async function askTimeline(flags: AuditFlags, all: boolean): Promise<OpenTimeline> {
  const { sources, gaps, options, isWanted, notes, isOwn } = await prepared(flags, undefined)
  const progress = startProgress('reading the audit log')
  const { rows, report } = openTimeline(sources, {
    ...options,
    all,
    isWanted,
    isOwn,
    onProgress: showing(progress.update),
  })
  async function* watched() {
    try {
      yield* rows
    } finally {
      progress.stop()
    }
  }
  return {
    rows: watched(),
    report() {
      const made = report()
      return { ...made, ...withMore(made, gaps, notes) }
    },
  }
}

async function prepared(flags: AuditFlags, id: string | undefined) {
  const now = new Date()
  const since = flags.since === undefined ? undefined : parseTime('--since', flags.since, now)
  const until = flags.until === undefined ? undefined : parseTime('--until', flags.until, now)
  const actor = flags.subject === undefined ? undefined : parseActor(flags.subject)
  const { asked, notes } = askedFor(id, since)
  const { sources, gaps, isOwn } = await auditSources(flags)
  const policy = flags['audit-policy'] === undefined ? undefined : await readAuditPolicy(flags['audit-policy'])
  return {
    sources,
    gaps,
    notes,
    isOwn,
    options: { asked, policy, since, until, ...(since !== undefined && { knownBefore: since }) },
    isWanted: ({ by, as }: { by: string; as?: string }) => actor === undefined || by === actor || as === actor,
  }
}

function askedFor(id: string | undefined, since: string | undefined): { asked: Question[]; notes: string[] } {
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

function showing(update: (text: string) => void): (progress: ReadProgress) => void {
  return ({ bytes, events }) => update(`${sizeText(bytes)} of a file, ${events} events`)
}
