import { readAuditPolicy } from '../audit-log/coverage/policy.ts'
import type { OpenTimeline } from '../audit-log/timeline-rows.ts'
import { SecureError } from '../errors.ts'
import { startProgress } from '../terminal/progress.ts'
import { askedFor, showing } from './ask-audit.ts'
import { type AuditFlags, parseActor, parseTime } from './audit-flags.ts'
import { namedLogs } from './audit-sources.ts'
import { identityText } from './evidence-flags.ts'

export type TimelineFlags = Omit<AuditFlags, 'snapshot'> & { all: boolean }

/** The whole of `evidence timeline`: its rows are read as they are taken. Throws SecureError. */
export async function askTimeline(files: readonly string[], flags: TimelineFlags): Promise<OpenTimeline> {
  const now = new Date()
  const since = flags.since === undefined ? undefined : parseTime('--since', flags.since, now)
  const until = flags.until === undefined ? undefined : parseTime('--until', flags.until, now)
  const actor = flags.subject === undefined ? undefined : parseActor(flags.subject)
  const paths = flags['audit-log'] ?? []
  if (files.length === 0 && paths.length === 0)
    throw new SecureError('usage', 'a timeline of what?', {
      hint: 'Name evidence (case.tar.gz, or its directory), or audit logs: --audit-log FILE, a directory, or - for standard input.',
    })
  const { asked, notes } = askedFor(undefined, since)
  const further = namedLogs(paths)
  const policy = flags['audit-policy'] === undefined ? undefined : await readAuditPolicy(flags['audit-policy'])
  const { readBundle } = await import('../bundle/read.ts')
  const { openEvidenceTimeline } = await import('../evidence/timeline/open-timeline.ts')
  const identity = await identityText(flags.identity)
  const progress = startProgress('reading')
  try {
    const bundles = await Promise.all(files.map((file) => readBundle(file, { identity })))
    const onProgress = showing(progress.update)
    const opened = await openEvidenceTimeline(bundles, further, {
      asked,
      policy,
      since,
      until,
      all: flags.all,
      actor,
      onProgress,
    })
    return {
      rows: stopping(opened.rows, progress.stop),
      report() {
        const made = opened.report()
        return { ...made, notes: [...made.notes, ...notes] }
      },
    }
  } catch (error) {
    progress.stop()
    throw error
  }
}

async function* stopping<T>(rows: AsyncIterable<T>, stop: () => void): AsyncGenerator<T> {
  try {
    yield* rows
  } finally {
    stop()
  }
}
