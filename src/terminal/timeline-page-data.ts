import { micros } from '../audit-log/event.ts'
import type { TimelineRow } from '../audit-log/timeline-rows.ts'
import { escapeCell } from '../text/terminal.ts'
import { outcomeText, targetText } from './audit-words.ts'
import type { TimelineData, TimelineFact } from './browser/timeline-data.ts'
import { timelineTime } from './browser/timeline-time.ts'
import { groupOf, groups, kinds, laneOf, weightOf, weights } from './timeline-page-row.ts'

/** Characters of one text that a page has room for; the rest is in -o json. */
const mostOfText = 4000
/** Lines of one row, likewise. */
const mostLines = 50

const { iso } = timelineTime()

/** The rows of a timeline as its page gets them: by time, their texts fit to be looked at and each but once. */
export function timelinePageData(
  entries: readonly TimelineRow[],
  silences: readonly { from: string; to: string }[] = [],
): TimelineData {
  const [texts, facts] = [places((text: string) => text), places((fact: TimelineFact) => fact.join())]
  const actors = places(([name, group]: [number, number]) => `${name},${group}`)
  const place = (text = '') => texts.place(text)
  place()
  const timed = entries.map((row) => ({ row, at: micros(row.corrected) }))
  timed.sort((a, b) => (a.at === b.at ? 0 : (a.at ?? Infinity) - (b.at ?? Infinity)))
  const rows: TimelineData['rows'] = {
    time: [],
    corrected: [],
    written: [],
    until: [],
    uncertaintyMs: [],
    count: [],
    fact: [],
    target: [],
    at: [],
    atMore: {},
  }
  let before = 0
  for (const { row, at } of timed) {
    rows.time.push(at === undefined ? null : at - before)
    rows.corrected.push(at === undefined ? 0 : spelled(row.corrected, at))
    const written = spelled(row.time, at)
    rows.written.push(written)
    const writtenAt = typeof written === 'number' ? micros(row.time) : undefined
    rows.until.push(row.until === undefined ? null : spelled(row.until, writtenAt))
    before = at ?? before
    rows.uncertaintyMs.push(row.uncertaintyMs)
    rows.count.push(row.count)
    rows.target.push(place(targetText(row)))
    if (row.at.length > mostLines) rows.atMore[rows.at.length] = row.at.length - mostLines
    rows.at.push(row.at.slice(0, mostLines).flatMap(({ file, line }) => [place(file), line]))
    rows.fact.push(
      facts.place([
        kinds.findIndex(({ id }) => id === row.kind),
        weightOf(row),
        actors.place([place(laneOf(row)), groupOf(row)]),
        place(row.what),
        place(row.from),
        place(outcomeText(row.outcome)),
        place(row.outcome?.why),
        place(row.source),
        place(row.questions.join(', ')),
        place(row.attack.join(', ')),
        place(row.routine),
        (row.own ? 1 : 0) + (row.claimed ? 2 : 0) + (row.clockUnknown ? 4 : 0) + (row.orderSure === false ? 8 : 0),
      ]),
    )
  }
  return {
    texts: texts.list.map(shown),
    weights,
    kinds: kinds.map(({ name, shape }) => ({ name, shape })),
    groups,
    actors: actors.list,
    facts: facts.list,
    rows,
    silences: silences.flatMap(({ from, to }): [number, number][] => {
      const [start, end] = [micros(from), micros(to)]
      return start === undefined || end === undefined ? [] : [[start, end]]
    }),
  }
}

function shown(text: string): string {
  if (text.length <= mostOfText) return escapeCell(text)
  return `${escapeCell(text.slice(0, mostOfText))}… and ${text.length - mostOfText} more characters (-o json)`
}

/** A time as microseconds after another, or as it is where those do not spell it. */
function spelled(text: string, after: number | undefined): number | string {
  const at = micros(text)
  const isExact = at !== undefined && after !== undefined && Number.isSafeInteger(at) && Number.isSafeInteger(after)
  return isExact && iso(at) === text ? at - after : shown(text)
}

/** Things that stand once, each at its place. */
function places<T>(keyOf: (one: T) => string): { place: (one: T) => number; list: T[] } {
  const known = new Map<string, number>()
  const list: T[] = []
  return {
    list,
    place(one) {
      const key = keyOf(one)
      const old = known.get(key)
      if (old !== undefined) return old
      known.set(key, list.length)
      list.push(one)
      return list.length - 1
    },
  }
}
