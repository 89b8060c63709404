import { coverageByLog } from '../../audit-log/coverage/coverage.ts'
import { LogObserver } from '../../audit-log/coverage/observe.ts'
import type { Trust } from '../../audit-log/pass.ts'
import {
  openTimeline,
  type OpenTimeline,
  type TimelineOptions,
  type TimelineRow,
} from '../../audit-log/timeline-rows.ts'
import type { Bundle } from '../../bundle/read.ts'
import { apiVersion, type Gap } from '../../snapshot/snapshot.ts'
import { bundleRows } from './bundle-rows.ts'
import { alterationRows } from './changes.ts'
import { EventRows } from './events.ts'
import type { Found } from './row.ts'
import { SeenRows } from './seen-rows.ts'
import { auditSources, type BundleSource, bundleSources, type FurtherLog, timeIn } from './sources.ts'
import { isInWindow } from './window.ts'

export type EvidenceTimelineOptions = Pick<
  TimelineOptions,
  'asked' | 'policy' | 'since' | 'until' | 'all' | 'onProgress'
> & {
  /** Only what this user did, or what was done in their name; who is only claimed to be that is nobody. */
  actor?: string | undefined
}

/**
 * What happened, from all that bundles hold and from further audit logs: rows as they are read, a bundle's before those of audit logs, and once they
 * have ended what they are worth. Throws SecureError, also while rows are read: a path that cannot be used, Damage.
 */
export async function openEvidenceTimeline(
  bundles: readonly Bundle[],
  further: readonly FurtherLog[],
  { actor, ...options }: EvidenceTimelineOptions,
): Promise<OpenTimeline> {
  const { since, until, all = false } = options
  const opened = await bundleSources(bundles)
  const audit = auditSources(opened, further)
  const left = { own: 0, unknown: 0 }
  let oldest: string | undefined
  const gaps: Gap[] = [...audit.gaps]
  const isThen = (row: TimelineRow) => isInWindow(row, { since, until })
  const isWhose = (row: TimelineRow) => {
    if (actor === undefined || (!row.claimed && (row.by === actor || row.as === actor))) return true
    if (row.claimed || row.by === '') left.unknown += 1
    return false
  }
  const log =
    audit.sources.length === 0
      ? undefined
      : openTimeline(audit.sources, {
          ...options,
          since: timeIn(audit.clocks, since, -1),
          until: timeIn(audit.clocks, until, 1),
          ...(since !== undefined && { knownBefore: since }),
          isWanted: (row) => isThen(row) && isWhose(row),
          isOwn: (request) => opened.some(({ own }) => own.has(request)),
          clockOf: audit.clockOf,
        })

  async function* rows(): AsyncGenerator<TimelineRow> {
    const seen = new SeenRows()
    const isShown = (found: Found) => isThen(found.row) && seen.isNew(found) && isWhose(found.row)
    const events = new EventRows(({ row }) => isThen(row))
    for (const source of opened)
      for await (const found of toldBy(source, events, gaps)) if (isShown(found)) yield found.row
    for (const found of events.rows()) if (isShown(found)) yield found.row
    oldest = events.oldest
    if (log) yield* log.rows
    for (const { own } of opened) {
      for (const found of own.rows()) {
        if (!isShown(found)) continue
        if (all) yield found.row
        else left.own += 1
      }
    }
  }

  return {
    rows: rows(),
    report() {
      const { own = 0, others = 0, ...made } = log ? log.report() : { ...withoutLog(options.asked) }
      const found = [...made.gaps, ...gaps]
      const notes = [
        ...made.notes,
        ...opened.flatMap(({ clocks }) => clocks.notes),
        ...limits(opened, oldest, left.unknown),
      ]
      return {
        ...made,
        apiVersion,
        kind: 'TimelineReport',
        complete: made.complete && found.length === 0,
        gaps: found,
        notes,
        others,
        own: own + left.own,
      }
    },
  }
}

async function* toldBy(
  { bundle, prefix, clocks, journal }: BundleSource,
  events: EventRows,
  gaps: Gap[],
): AsyncGenerator<Found> {
  for await (const { gap } of bundle.entries('gap')) {
    const said = (name: string) => (typeof gap[name] === 'string' ? gap[name] : 'it is not said')
    gaps.push({ what: `${prefix}${said('what')}`, why: said('why'), hides: said('hides') })
  }
  yield* bundleRows(bundle, { clocks, prefix, gaps, events })
  yield* alterationRows(bundle, clocks, journal)
}

// Who did it is what an audit log alone tells.
function withoutLog(asked: TimelineOptions['asked']): Trust & { others?: number; own?: number } {
  const coverage = coverageByLog(new LogObserver(), asked).map((one) => ({
    ...one,
    needs: one.needs.map((need) => ({ ...need, why: ['there is no audit log'] })),
  }))
  const gap = {
    what: 'audit logs',
    why: 'there is none in the evidence, and no --audit-log',
    hides: 'who asked the API server for what; what objects, Events and logs tell is left',
  }
  const read = { files: [], bytes: 0, lines: 0, events: 0, salvaged: 0, unreadable: 0, foreign: 0 }
  return { complete: false, gaps: [gap], notes: [], read, coverage }
}

function limits(opened: readonly BundleSource[], oldest: string | undefined, unknown: number): string[] {
  const events = oldest === undefined ? 'there is none here' : `the oldest here is of ${oldest}`
  return [
    ...(opened.length > 0
      ? [
          `Events are gone after an hour (--event-ttl of the API server), and whoever may delete them can do so before: ${events}`,
        ]
      : []),
    ...(unknown > 0
      ? [`--subject leaves out ${unknown} rows that nobody is known to have made (Events, objects, logs)`]
      : []),
  ]
}
