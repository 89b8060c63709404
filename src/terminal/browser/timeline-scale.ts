import type { Span } from './timeline-data.ts'
import type { timelineTime } from './timeline-time.ts'

/** Runs in the browser: which stretch of time is looked at, and where its ticks are. Pure. */
export function timelineScale(time: ReturnType<typeof timelineTime>) {
  const least = 50
  const second = 1_000_000
  const day = 86_400 * second

  /** A stretch of the same length that lies within all. */
  function within({ from, to }: Span, all: Span): Span {
    const length = Math.min(Math.max(to - from, least), Math.max(all.to - all.from, least))
    const middle = (from + to) / 2
    const start = Math.max(all.from, Math.min(middle - length / 2, all.to - length))
    return { from: start, to: start + length }
  }

  /** Around a time that stays where it is. */
  function zoom({ from, to }: Span, all: Span, factor: number, at: number): Span {
    const length = Math.min(Math.max((to - from) * factor, least), Math.max(all.to - all.from, least))
    const part = (at - from) / (to - from)
    return within({ from: at - part * length, to: at + (1 - part) * length }, all)
  }

  function pan({ from, to }: Span, all: Span, by: number): Span {
    return within({ from: from + by, to: to + by }, all)
  }

  /** With room around it, even where it is but an instant. */
  function around({ from, to }: Span): Span {
    const room = (to - from) * 0.04 || second / 2
    return { from: from - room, to: to + room }
  }

  function steps(): number[] {
    const decades = [1, 10, 100, 1000, 10_000, 100_000].flatMap((unit) => [unit, 2 * unit, 5 * unit])
    const sixty = [1, 2, 5, 10, 15, 30].map((count) => count * second)
    const hours = [1, 2, 3, 6, 12, 24, 48, 96, 192].map((count) => count * 3600 * second)
    return [...decades, ...sixty, ...sixty.map((count) => count * 60), ...hours]
  }

  /** At most so many, at round times of UTC. `base` is what times are counted from. */
  function ticks({ from, to }: Span, base: number, most: number): { at: number; label: string }[] {
    const wanted = (to - from) / Math.max(most, 1)
    const step = steps().find((step) => step >= wanted)
    const found: number[] = []
    if (step !== undefined) {
      for (let at = Math.ceil((base + from) / step) * step; at <= base + to; at += step) found.push(at)
      return found.map((at) => ({ at: at - base, label: time.tick(at, step) }))
    }
    // Months and years have no length of their own.
    const months =
      [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12_000].find((count) => count * 30.4 * day >= wanted) ??
      60_000
    const first = new Date((base + from) / 1000)
    const start = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / months) * months
    for (let month = start; found.length <= most + 2; month += months) {
      const date = new Date(0)
      date.setUTCFullYear(Math.floor(month / 12), month % 12, 1)
      const at = date.getTime() * 1000
      if (Number.isNaN(at) || at > base + to) break
      if (at >= base + from) found.push(at)
    }
    return found.map((at) => ({ at: at - base, label: time.tick(at, months >= 12 ? 365 * day : 28 * day) }))
  }

  return { within, zoom, pan, around, ticks }
}
