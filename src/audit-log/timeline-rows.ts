import { apiVersion } from '../snapshot/snapshot.ts'
import { isBefore, openPass, type PassOptions, type Trust } from './pass.ts'
import type { Finding } from './questions/finding.ts'
import type { QuestionOptions } from './questions/question.ts'
import type { LogSource } from './read/sources.ts'
import type { AuditRequest } from './request.ts'
import { timelineEntry, type TimelineEntry } from './timeline.ts'
import { type SourceClock, stamp } from './timeline-clock.ts'

/** An entry, or many that make one: a finding of many requests, an Event that came again, a log from its first line to its last. */
export type TimelineRow = TimelineEntry & {
  /** As the source says. */
  until?: string
  /** How many requests or occurrences it stands for. */
  count: number
  /** The questions it answers, and their ATT&CK techniques. */
  questions: string[]
  attack: string[]
  routine?: string
  /** Whether its place before all that follow is sure; of a report alone, where they are in order. */
  orderSure?: boolean
}

/** What happened, in the order of time. */
export type TimelineReport = { apiVersion: typeof apiVersion; kind: 'TimelineReport' } & Trust & {
    /** Requests of audit logs that are left out, since they answer no question. */
    others: number
    /** Requests of our own that are left out. */
    own: number
    entries: TimelineRow[]
  }

export type TimelineOptions = QuestionOptions &
  PassOptions & {
    /** Which rows; absent: all. */
    isWanted?: ((row: TimelineRow) => boolean) | undefined
    /** Whether a request is one of our own, which no question is about. */
    isOwn?: ((request: AuditRequest) => boolean) | undefined
    /** The clock that wrote the log that a file belongs to. */
    clockOf?: ((file: string) => SourceClock) | undefined
  }

/** The rows of a timeline as the log gives them, which is about the order in which requests ended; `report` once they have. */
export type OpenTimeline = { rows: AsyncIterable<TimelineRow>; report(): Omit<TimelineReport, 'entries'> }

/** Reads a log as a timeline: the requests that answer a question, or all. Throws SecureError('usage') where a path cannot be used. */
export function openTimeline(source: LogSource | readonly LogSource[], options: TimelineOptions): OpenTimeline {
  const {
    all = false,
    since,
    isWanted = () => true,
    isOwn = () => false,
    clockOf = () => ({ source: 'audit' }),
  } = options
  const { requests, asked, trust } = openPass(source, options)
  const left = { others: 0, own: 0 }
  const clockAt = (at: AuditRequest['at'] | undefined) => clockOf(at?.[0]?.file ?? '')
  async function* rows(): AsyncGenerator<TimelineRow> {
    const searches = asked.map((question) => question.start(options))
    for await (const request of requests) {
      const own = isOwn(request)
      const found = own ? [] : searches.flatMap((search) => search.see(request))
      const its = found.filter(({ count }) => count === 1)
      for (const finding of found) {
        if (finding.count === 1) continue
        const row = rowOf(finding, clockAt(finding.evidence[0]?.at))
        if (isWanted(row)) yield row
      }
      const row = withFindings(timelineEntry(request, { clock: clockAt(request.at), own }), its)
      if (!isWanted(row) || (since !== undefined && isBefore(request, since))) continue
      if (all || its.length > 0) yield row
      else left[own ? 'own' : 'others'] += 1
    }
    for (const search of searches) {
      for (const finding of search.end?.() ?? []) {
        const row = rowOf(finding, clockAt(finding.evidence[0]?.at))
        if (isWanted(row)) yield row
      }
    }
  }
  return { rows: rows(), report: () => ({ apiVersion, kind: 'TimelineReport', ...trust(), ...left }) }
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

function rowOf(finding: Finding, clock: SourceClock): TimelineRow {
  const { time, until, by, as, from, what, namespace, name, outcome, count, question, attack, routine } = finding
  return {
    kind: 'audit',
    ...stamp(time, clock),
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
