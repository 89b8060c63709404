import type { Gap } from '../snapshot/snapshot.ts'
import { coverageByLog, coverageByPolicy, type QuestionCoverage } from './coverage/coverage.ts'
import { LogObserver, silence } from './coverage/observe.ts'
import type { AuditPolicy } from './coverage/policy.ts'
import { type AuditEvent, micros } from './event.ts'
import { firstSeen } from './questions/history.ts'
import type { Question } from './questions/question.ts'
import { wordsFor } from './questions/questions.ts'
import { oneByOne, readAuditLog, type ReadProgress, type ReadReport } from './read/read-audit-log.ts'
import type { LogSource } from './read/sources.ts'
import { StageMerger } from './merge-stages.ts'
import type { AuditRequest } from './request.ts'

/** What an answer from a log can be trusted for. */
export type Trust = {
  complete: boolean
  gaps: Gap[]
  notes: string[]
  read: Omit<ReadReport, 'gaps' | 'begins'>
  /** The time the log spans and where it is silent; only where all of it was looked at. */
  span?: { first?: string; last?: string; silences: { from: string; to: string }[] }
  coverage: QuestionCoverage[]
}

export type PassOptions = {
  asked: readonly Question[]
  /** Without it coverage is what the log itself shows. */
  policy?: AuditPolicy | undefined
  since?: string | undefined
  until?: string | undefined
  /** Requests that no question is about are wanted too. */
  all?: boolean | undefined
  onProgress?: ((progress: ReadProgress) => void) | undefined
}

/** One pass over a log. */
export type Pass = {
  /** The requests one by one, or those that one read has ended at once; either, and once. */
  requests: AsyncIterable<AuditRequest>
  batches: AsyncIterable<AuditRequest[]>
  /** The questions to put to them: none is shown what is before its time. */
  asked: Question[]
  /** Complete when the requests have ended. */
  trust(): Trust
}

/** Reads a log for some questions. Throws SecureError('usage') where a path cannot be used at all. */
export function openPass(source: LogSource | readonly LogSource[], options: PassOptions): Pass {
  const { asked, policy, since, until, all = false, onProgress } = options
  // What is new shows only beside what was there before.
  const isCompared = since !== undefined && asked.includes(firstSeen)
  // What a log covers shows in all its events, or in those with the words where they are the resource's own.
  const words = !all && (policy || asked.every(wordsAreItsKinds)) ? wordsFor(asked) : undefined
  const filter = {
    ...(words && { words }),
    ...(since !== undefined && !isCompared && { since }),
    ...(until !== undefined && { until }),
  }
  const { batches, report } = readAuditLog(source, { filter, onProgress })
  const log = new LogObserver()
  const merged = mergedBatches(batches, log)
  return {
    requests: oneByOne(merged),
    batches: merged,
    asked: isCompared ? asked.map((one) => (one === firstSeen ? one : notBefore(one, since))) : [...asked],
    trust() {
      const coverage = policy ? coverageByPolicy(policy, asked) : coverageByLog(log, asked)
      const { gaps: unread, begins, ...read } = report
      const gaps = [...unread, ...lateBegin(begins, since)]
      const { first, last, silences } = log
      const span = { ...(first !== undefined && { first }), ...(last !== undefined && { last }), silences }
      return {
        complete: gaps.length === 0 && coverage.every(({ verdict }) => verdict === 'answerable'),
        gaps,
        notes: policy?.notes ?? [],
        read,
        ...(!words && { span }),
        coverage,
      }
    },
  }
}

// What was before a log begins is none of its business; what was asked for and is not in it is.
function lateBegin(begins: number | undefined, since: string | undefined): Gap[] {
  const from = since === undefined ? undefined : micros(since)
  if (begins === undefined || from === undefined || begins - from <= silence) return []
  const first = new Date(begins / 1000).toISOString()
  return [{ what: `read the log from ${since} on`, why: `it begins at ${first}`, hides: 'what was before that' }]
}

function wordsAreItsKinds({ words, needs }: Question): boolean {
  const shown = (text = '') => words?.some((word) => `"${text}`.includes(word)) === true
  return needs.every(({ resource, subresource }) => shown(resource) || shown(subresource))
}

async function* mergedBatches(batches: AsyncIterable<AuditEvent[]>, log: LogObserver): AsyncGenerator<AuditRequest[]> {
  const merger = new StageMerger()
  for await (const events of batches) {
    const requests: AuditRequest[] = []
    for (const event of events) {
      log.see(event)
      const request = merger.see(event)
      if (request) requests.push(request)
    }
    yield requests
  }
  yield [...merger.end()]
}

function notBefore(question: Question, since: string): Question {
  return {
    ...question,
    start(options) {
      const search = question.start(options)
      return { ...search, see: (request) => (isBefore(request, since) ? [] : search.see(request)) }
    },
  }
}

/** Whether a request came before a time; one without a time did not. */
export function isBefore({ time }: AuditRequest, since: string): boolean {
  return (micros(time) ?? Infinity) < (micros(since) ?? -Infinity)
}
