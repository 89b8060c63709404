import type { Span, TimelineData, TimelineMark } from './timeline-data.ts'
import type { timelineTime } from './timeline-time.ts'

export type TimelineFilter = { words: string[]; kinds: boolean[]; weights: boolean[] }

/** Runs in the browser: the rows as columns of numbers, times in microseconds since the first; and what a filter lets through. */
export function timelineRows(data: TimelineData, time: ReturnType<typeof timelineTime>) {
  const { facts, texts, rows } = data
  const size = rows.time.length
  const base = rows.time[0] ?? 0
  const [at, end, unsure] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)]
  const [kind, weight, actor] = [new Uint8Array(size), new Uint8Array(size), new Uint32Array(size)]
  const bits: Record<TimelineMark, number> = { own: 1, claimed: 2, clockUnknown: 4, orderUnsure: 8 }
  /** How many have a time: they come first. */
  let timed = 0
  let last = -base
  for (let row = 0; row < size; row += 1) {
    const [itsKind = 0, itsWeight = 0, itsActor = 0] = facts[rows.fact[row] ?? 0] ?? []
    kind[row] = itsKind
    weight[row] = itsWeight
    actor[row] = itsActor
    const delta = rows.time[row]
    if (typeof delta !== 'number') continue
    last += delta
    timed += 1
    at[row] = last
    unsure[row] = (rows.uncertaintyMs[row] ?? 0) * 1000
    const until = rows.until[row] ?? null
    const to = typeof until === 'string' ? Date.parse(until) * 1000 - base : last + (until ?? 0)
    end[row] = to > last ? to : last
  }

  /** The place of the first of some rows, in order of time, that is not before a time. */
  function firstFrom(some: Uint32Array, time: number): number {
    let [low, high] = [0, some.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const row = some[middle] ?? 0
      if (row < timed && (at[row] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What the timed ones of some rows span; undefined where there are none. */
  function spanOf(some: Uint32Array): Span | undefined {
    let [from, to] = [Infinity, -Infinity]
    for (const row of some) {
      if (row >= timed) break
      from = Math.min(from, (at[row] ?? 0) - (unsure[row] ?? 0))
      to = Math.max(to, (end[row] ?? 0) + (unsure[row] ?? 0))
    }
    return from <= to ? { from, to } : undefined
  }

  let lower: string[] | undefined
  function find({ words, kinds, weights }: TimelineFilter): Uint32Array<ArrayBuffer> {
    if (words.length > 0) lower ??= texts.map((text) => text.toLowerCase())
    // Texts and facts are few beside the rows: each is looked at but once.
    const hits = words.map((word) => {
      const inText = (lower ?? []).map((text) => text.includes(word))
      const inFact = facts.map(([, , itsActor, ...places]) => {
        return inText[data.actors[itsActor]?.[0] ?? 0] === true || places.slice(0, -1).some((place) => inText[place])
      })
      return { inText, inFact }
    })
    const found = new Uint32Array(size)
    let count = 0
    for (let row = 0; row < size; row += 1) {
      if (!kinds[kind[row] ?? 0] || !weights[weight[row] ?? 0]) continue
      if (!hits.every((hit) => hit.inFact[rows.fact[row] ?? 0] || hit.inText[rows.target[row] ?? 0])) continue
      found[count] = row
      count += 1
    }
    return found.subarray(0, count)
  }

  /** By the clock that wrote it, as `written` is. */
  function untilOf(row: number): string {
    const [until = null, written] = [rows.until[row], rows.written[row]]
    if (typeof until !== 'number') return until ?? ''
    return time.iso(base + (at[row] ?? 0) + (typeof written === 'number' ? written : 0) + until)
  }

  function textsOf(row: number) {
    const [itsKind = 0, itsWeight = 0, itsActor = 0, ...places] = facts[rows.fact[row] ?? 0] ?? []
    const [what, from, outcome, why, source, questions, attack, routine, marks = 0] = places
    const text = (place: number | undefined) => texts[place ?? 0] ?? ''
    const mine = base + (at[row] ?? 0)
    const spelled = (told: null | number | string | undefined) =>
      typeof told === 'number' ? time.iso(mine + told) : (told ?? '')
    return {
      time: row < timed ? spelled(rows.corrected[row]) : '',
      written: spelled(rows.written[row]),
      until: untilOf(row),
      kind: data.kinds[itsKind]?.name ?? '',
      weight: data.weights[itsWeight]?.name ?? '',
      actor: text(data.actors[itsActor]?.[0]),
      what: text(what),
      from: text(from),
      outcome: text(outcome),
      why: text(why),
      source: text(source),
      questions: text(questions),
      attack: text(attack),
      routine: text(routine),
      target: text(rows.target[row]),
      count: rows.count[row] ?? 1,
      has: (mark: TimelineMark) => (marks & bits[mark]) !== 0,
    }
  }

  return { base, size, timed, at, end, unsure, kind, weight, actor, firstFrom, spanOf, find, textsOf }
}

export type TimelineRows = ReturnType<typeof timelineRows>
