import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { micros } from '../../audit-log/event.ts'
import type { LogSource } from '../../audit-log/read/sources.ts'
import { isoMicros, type SourceClock } from '../../audit-log/timeline-clock.ts'
import type { Bundle } from '../../bundle/read.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { auditParts } from './audit-parts.ts'
import { type BundleClocks, clocksOf } from './clocks.ts'
import { type OwnRequests, ownRequests } from './own-requests.ts'

/** A bundle, and what all its rows rest on. `prefix` tells it from others, where there are any. */
export type BundleSource = { bundle: Bundle; prefix: string; clocks: BundleClocks; own: OwnRequests; journal: string }

/** Audit logs, and which clock wrote which of their files. */
export type AuditSources = {
  sources: LogSource[]
  gaps: Gap[]
  clockOf: (file: string) => SourceClock
  clocks: SourceClock[]
}

/** A further audit log: a path, or standard input. */
export type FurtherLog = string | Readable

export async function bundleSources(bundles: readonly Bundle[]): Promise<BundleSource[]> {
  return await Promise.all(
    bundles.map(async (bundle) => {
      const prefix = bundles.length > 1 ? `${bundle.head.id}:` : ''
      const clocks = clocksOf(bundle, prefix)
      const journal = `${prefix}custody/journal.jsonl`
      return { bundle, prefix, clocks, own: await ownRequests(bundle, clocks, journal), journal }
    }),
  )
}

/**
 * The audit logs of bundles, and further ones. What one source names (a file, a directory, a source of a bundle) is taken for the log of one
 * API server, whose clock is known as far as the bundles tell; of a further log, where they are all of one cluster.
 */
export function auditSources(bundles: readonly BundleSource[], further: readonly FurtherLog[]): AuditSources {
  const sources: LogSource[] = [...further]
  const gaps: Gap[] = []
  const known = bundles.map(({ clocks }) => clocks.servers.clock)
  const shared = new Set(bundles.map(({ bundle }) => clusterOf(bundle))).size === 1 ? known[0] : undefined
  const clocks = further.map((log) => ({ source: typeof log === 'string' ? log : '-', clock: oneOf(shared) }))
  for (const { bundle, prefix, clocks: its } of bundles) {
    const found = auditParts(bundle, prefix)
    if (!found) continue
    sources.push(found.parts)
    gaps.push(...found.gaps)
    for (const [root, node] of rootsOf(bundle)) {
      const clock = narrower(its.servers.clock, node === undefined ? undefined : its.node(node).clock)
      clocks.push({ source: `${prefix}${root}`, clock: oneOf(clock) })
    }
  }
  const byRoot = new Map(clocks.map((clock) => [rootOf(clock.source), clock]))
  return { sources, gaps, clockOf: (file) => clockAbove(file, byRoot) ?? { source: 'audit' }, clocks }
}

// The file itself, or the nearest folder above it.
function clockAbove(file: string, byRoot: ReadonlyMap<string, SourceClock>): SourceClock | undefined {
  for (let at = file; ; at = at.slice(0, Math.max(at.lastIndexOf('/'), 0))) {
    const clock = byRoot.get(at)
    if (clock || at === '') return clock
  }
}

// As the names of the files below it begin.
function rootOf(source: string): string {
  const root = join(source)
  return root === './' || root === '.' ? '' : root.replace(/\/+$/, '')
}

/** A time of ours by the clocks of logs: `side` -1 the earliest that it may be there, 1 the latest. */
export function timeIn(clocks: readonly SourceClock[], time: string | undefined, side: -1 | 1): string | undefined {
  const at = micros(time ?? '')
  if (at === undefined) return undefined
  const shifts = clocks.map(({ clock }) => (clock ? clock.aheadMs + side * clock.uncertaintyMs : 0))
  const shift = side < 0 ? Math.min(...shifts) : Math.max(...shifts)
  return isoMicros(at + Math.round(shift * 1000))
}

// Where the log of one server lies: the files of a source of this machine, or what was fetched of a node, which has a clock as well.
function rootsOf({ kept }: Bundle): Map<string, string | undefined> {
  const roots = new Map<string, string | undefined>()
  for (const { path, meta } of kept.values()) {
    if (path?.[0] !== 'audit') continue
    const isOfNode = meta['apiServer'] !== undefined
    roots.set(path.slice(0, isOfNode ? 3 : 2).join('/'), isOfNode ? path[1] : undefined)
  }
  return roots
}

function narrower(one: SourceClock['clock'], other: SourceClock['clock']): SourceClock['clock'] {
  return one && other && other.uncertaintyMs < one.uncertaintyMs ? other : (one ?? other)
}

function clusterOf({ head }: Bundle): string {
  const { cluster } = head
  const id = typeof cluster === 'object' && cluster !== null && !Array.isArray(cluster) ? cluster['id'] : undefined
  return typeof id === 'string' ? id : `case ${head.id}`
}

// One server's log has one clock, although nobody knows which of several it is.
function oneOf(clock: SourceClock['clock']): SourceClock['clock'] {
  return clock && { aheadMs: clock.aheadMs, uncertaintyMs: clock.uncertaintyMs }
}
