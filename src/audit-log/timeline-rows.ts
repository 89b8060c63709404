import { apiVersion } from '../snapshot/snapshot.ts'
import { isBefore, openPass, type PassOptions, type Trust } from './pass.ts'
import type { Finding } from './questions/finding.ts'
import type { QuestionOptions } from './questions/question.ts'
import type { LogSource } from './read/sources.ts'
import type { AuditRequest } from './request.ts'
import { timelineEntry, type TimelineEntry } from './timeline.ts'

/** A request, or many that make one finding, in a timeline. */
export type TimelineRow = TimelineEntry & {
  until?: string
  /** How many requests it stands for. */
  count: number
  /** The questions it answers, and their ATT&CK techniques. */
  questions: string[]
  attack: string[]
  routine?: string
}

/** What happened, in the order of time. */
export type TimelineReport = { apiVersion: typeof apiVersion; kind: 'TimelineReport' } & Trust & {
    /** Requests that are left out, since they answer no question. */
    others: number
    entries: TimelineRow[]
  }

export type TimelineOptions = QuestionOptions &
  PassOptions & {
    /** Whose; absent: everybody's. */
    isWanted?: ((row: Pick<TimelineRow, 'by' | 'as'>) => boolean) | undefined
    isOwn?: ((request: AuditRequest) => boolean) | undefined
  }

/** The rows of a timeline as the log gives them, which is about the order in which requests ended; `report` once they have. */
export type OpenTimeline = { rows: AsyncIterable<TimelineRow>; report(): Omit<TimelineReport, 'entries'> }

/** Reads a log as a timeline: the requests that answer a question, or all. Throws SecureError('usage') where a path cannot be used. */
export function openTimeline(source: LogSource | readonly LogSource[], options: TimelineOptions): OpenTimeline {
  const { all = false, since, isWanted = () => true, isOwn } = options
  const { requests, asked, trust } = openPass(source, options)
  let others = 0
  async function* rows(): AsyncGenerator<TimelineRow> {
    const searches = asked.map((question) => question.start(options))
    for await (const request of requests) {
      const found = searches.flatMap((search) => search.see(request))
      const [its, many] = [found.filter(({ count }) => count === 1), found.filter(({ count }) => count > 1)]
      for (const finding of many) if (isWanted(finding)) yield rowOf(finding)
      const row = withFindings(timelineEntry(request, { isOwn }), its)
      if (!isWanted(row) || (since !== undefined && isBefore(request, since))) continue
      if (all || its.length > 0) yield row
      else others += 1
    }
    for (const search of searches)
      for (const finding of search.end?.() ?? []) if (isWanted(finding)) yield rowOf(finding)
  }
  return { rows: rows(), report: () => ({ apiVersion, kind: 'TimelineReport', ...trust(), others }) }
}

function withFindings(entry: TimelineEntry, findings: Finding[]): TimelineRow {
  const [first] = findings
  return {
    ...entry,
    ...(first && { what: findings.map(({ what }) => what).join('; ') }),
    ...(first?.until !== undefined && { until: first.until }),
    count: 1,
    questions: findings.map(({ question }) => question),
    attack: [...new Set(findings.flatMap(({ attack }) => attack))],
    ...(first?.routine !== undefined && { routine: first.routine }),
  }
}

function rowOf(finding: Finding): TimelineRow {
  const { time, until, by, as, from, what, namespace, name, outcome, count, question, attack, routine } = finding
  return {
    time,
    corrected: time,
    uncertaintyMs: 0,
    source: 'audit',
    by,
    ...(as !== undefined && { as }),
    ...(from !== undefined && { from }),
    what,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    outcome,
    at: finding.evidence.flatMap(({ at }) => at),
    ...(until !== undefined && { until }),
    count,
    questions: [question],
    attack,
    ...(routine !== undefined && { routine }),
  }
}
