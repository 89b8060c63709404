import { micros } from './event.ts'

/** How far a clock is ahead of the one that times are corrected to, and how sure that is, in milliseconds. */
export type Clock = {
  aheadMs: number
  uncertaintyMs: number
  /** It is several clocks that differ (API servers): nothing tells which of them wrote a time. */
  mixed?: true
}

/** Whose clock wrote a time; without `clock` nobody knows how far it is off. */
export type SourceClock = { source: string; clock?: Clock | undefined }

/** When something happened. */
export type Stamp = {
  /** As the source says. */
  time: string
  /** By a true clock, where the source's is known; RFC 3339 in UTC. */
  corrected: string
  /** What lies closer together than this, or than the sum of two, may have happened the other way round. */
  uncertaintyMs: number
  /** How far the clock of the source is off is not known: `corrected` is what it says. */
  clockUnknown?: true
  /** Whose clock it is: the audit log, the API servers (`api-server`), a node (`node/NAME`), a program, or `this-machine`. */
  source: string
  /** Two of one source that are closer than this may have happened the other way round too: it cuts its times, or is several clocks. */
  apartMs?: number
}

/**
 * A time of a source, corrected. Kubernetes cuts most times to whole seconds (metav1.Time), so that what has no fraction of a second
 * was up to a second later.
 */
export function stamp(time: string, { source, clock }: SourceClock): Stamp {
  const at = micros(time)
  const cut = cutOf(time)
  const apart = cut + (clock?.mixed ? 2 * clock.uncertaintyMs : 0)
  return {
    time,
    corrected: at === undefined ? time : isoMicros(at - (clock?.aheadMs ?? 0) * 1000),
    uncertaintyMs: (clock?.uncertaintyMs ?? 0) + cut,
    ...(clock ? {} : { clockUnknown: true as const }),
    source,
    ...(apart > 0 && { apartMs: apart }),
  }
}

function cutOf(time: string): number {
  const digits = /\.(\d+)/.exec(time)?.[1]?.length ?? 0
  return digits < 3 ? 10 ** (3 - digits) : 0
}

// What RFC 3339 has years for.
const [firstMs, lastMs] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

/** A time in microseconds since 1970 as RFC 3339 in UTC; empty where that has no such year. */
export function isoMicros(time: number): string {
  const ms = Math.floor(time / 1000)
  if (!(ms >= firstMs && ms <= lastMs)) return ''
  return new Date(ms).toISOString().replace('Z', `${String(Math.floor(time - ms * 1000)).padStart(3, '0')}Z`)
}
