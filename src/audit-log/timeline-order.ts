import { micros } from './event.ts'
import type { TimelineEntry } from './timeline.ts'

/**
 * Entries in the order of their corrected times, each with whether its place before all that follow is sure: it is not where one of another
 * source may be earlier as far as both clocks are known, or one of its own as far as that tells. An entry by a clock that nobody knows
 * is unsure beside any other source, and leaves the others as they are.
 */
export function timeline<T extends TimelineEntry>(...sources: Iterable<T>[]): (T & { orderSure: boolean })[] {
  const timed = sources
    .flatMap((entries) => [...entries])
    .map((entry) => ({ entry, at: micros(entry.corrected) ?? Infinity }))
  timed.sort((a, b) => a.at - b.at || (a.entry.source < b.entry.source ? -1 : a.entry.source > b.entry.source ? 1 : 0))
  const later = new Later()
  const isSingle = timed.every(({ entry }) => entry.source === timed[0]?.entry.source)
  const sure = Array.from(timed, () => false)
  for (let index = timed.length - 1; index >= 0; index--) {
    const { entry, at } = timed[index] as (typeof timed)[number]
    const isAlone = isSingle || entry.clockUnknown !== true
    sure[index] =
      isAlone && later.ofOwn(entry.source) >= at + (entry.apartMs ?? 0) * 1000 && later.isBeforeAll(entry, at)
    later.add(entry, at)
  }
  return timed.map(({ entry }, index) => ({ ...entry, orderSure: sure[index] ?? false }))
}

/** What follows, from the end of the order to its beginning. */
class Later {
  readonly #next = new Map<string, number>()
  /** When the earliest of what follows may have been, and the earliest of any other source than that one's. */
  #first = { source: '', from: Infinity, doubt: 0 }
  #other = this.#first

  add({ source, uncertaintyMs, clockUnknown }: TimelineEntry, at: number): void {
    this.#next.set(source, at)
    if (clockUnknown) return
    const found = { source, from: at - uncertaintyMs * 1000, doubt: uncertaintyMs }
    if (found.from <= this.#first.from) {
      if (this.#first.source !== source) this.#other = this.#first
      this.#first = found
    } else if (source !== this.#first.source && found.from <= this.#other.from) this.#other = found
  }

  /** When the next of a source was. */
  ofOwn(source: string): number {
    return this.#next.get(source) ?? Infinity
  }

  /** Whether an entry was before all that follow and are of other sources. */
  isBeforeAll({ source, uncertaintyMs }: TimelineEntry, at: number): boolean {
    const { from, doubt } = this.#first.source === source ? this.#other : this.#first
    if (from === Infinity) return true
    // Clocks without any doubt agree about equal times as well: those of a test, or of one log in two files.
    return from > at + uncertaintyMs * 1000 || (doubt === 0 && uncertaintyMs === 0)
  }
}
