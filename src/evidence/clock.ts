import type { Facts } from '../bundle/entry.ts'

/** What the answers of API servers tell of their clocks beside ours. */
export type Clock = {
  /** An answer whose Date header was `date`, all in milliseconds of Unix time by our clock. */
  sample(sent: number, received: number, date: number): void
  /** How far servers are ahead of us, as an interval in milliseconds. */
  facts(): Facts
}

/**
 * A Date header is in whole seconds and was made between sending and receiving: server minus ours lies between date − received and
 * date + 1 s − sent. The intervals of all answers cut down to a narrow one; where they exclude one another, the servers differ or a
 * clock was set, and only their whole range is known.
 */
export function openClock(): Clock {
  let samples = 0
  let [maxLow, minHigh, minLow, maxHigh] = [-Infinity, Infinity, Infinity, -Infinity]
  return {
    sample(sent, received, date) {
      samples++
      const [low, high] = [date - received, date + 1000 - sent]
      maxLow = Math.max(maxLow, low)
      minHigh = Math.min(minHigh, high)
      minLow = Math.min(minLow, low)
      maxHigh = Math.max(maxHigh, high)
    },
    facts() {
      if (samples === 0) return { samples }
      const agree = maxLow <= minHigh
      const [low, high] = agree ? [maxLow, minHigh] : [minLow, maxHigh]
      return { samples, agree, serverAheadMs: { atLeast: Math.round(low), atMost: Math.round(high) } }
    },
  }
}
