import { jsonIn } from './json-in-text.ts'
import { shown } from './hidden.ts'
import { withoutHeads } from './lines.ts'
import { markersIn, readMarker } from './marker.ts'
import { isPersonal } from './names.ts'
import { personal } from './personal.ts'
import { encodedRuns } from './runs.ts'
import type { Reading, Region, Scene } from './scene.ts'
import { type Span, without } from './span.ts'
import type { View } from './views.ts'

// Of a private key, where nothing says that it ends.
const maxKey = 64 * 1024
// JSON in a string in base64 in JSON…: beyond that it is somebody's intent.
const maxDepth = 8

/** Where keywords end in a text, and which; in the order of their ends. */
export type Hits = { ends: number[]; words: number[] }

export type Found = {
  spans: Span[]
  regions: Region[]
  /** Where private keys begin that have no end in this text. */
  openKeys: number[]
}

/** What is to be masked in a text of bytes, in no order; spans may touch. Pure, but for the steps that it counts. */
export function findSpans(text: string, reading: Reading, depth = 0): Found {
  const found = findIn(text, reading, depth, true)
  const view = shown(text)
  if (!view) return found
  // As it is, too: what is between NULs may be settings of their own.
  const beneathCodes = beneath(view, text, reading, depth, true)
  return {
    spans: [...found.spans, ...beneathCodes.spans],
    regions: [...found.regions, ...beneathCodes.regions],
    openKeys: [...found.openKeys, ...beneathCodes.openKeys],
  }
}

function findIn(text: string, reading: Reading, depth: number, hasHeads: boolean): Found {
  reading.work.spend(text.length)
  if (text.length < 4) return { spans: [], regions: [], openKeys: [] }
  const { automaton, firstOfLines } = reading.keywords
  const marks = markersIn(text, !reading.isDerivative)
  const hits: Hits = { ends: [], words: [] }
  let isOfLines = false
  let mark = 0
  automaton.scan(text, (word, end) => {
    while (mark < marks.length && (marks[mark]?.end ?? 0) < end) mark++
    // Our own markers say nothing that a rule could go by.
    if (reading.isDerivative && end > (marks[mark]?.start ?? Infinity)) return
    hits.ends.push(end)
    hits.words.push(word)
    isOfLines ||= word >= firstOfLines
  })
  if (depth > maxDepth && hits.ends.length > 0)
    return { spans: [{ start: 0, end: text.length, rule: 'too-deep' }], regions: [], openKeys: [] }
  const lines = isOfLines && hasHeads ? withoutHeads(text) : undefined
  if (lines) {
    const found = beneath(lines, text, reading, depth, false)
    for (const part of lines.joined) found.regions.push({ ...part, isJson: false })
    return found
  }

  const read = jsonIn(text, hits, reading, depth)
  const loose = [...encodedRuns(text, reading, depth, read.openKeys), ...known(text, reading)]
  for (const span of loose) read.spans.push(...read.confined(span))
  const spans = reading.isDerivative ? without(read.spans, marks) : read.spans
  for (const mark of marks) spans.push(...ofMarker(text, mark, reading))
  // What ends in this text ends there, also where that is hidden in the text around it.
  const last = text.lastIndexOf('-----END')
  for (const key of read.openKeys) {
    const end = key > last ? key + maxKey : text.indexOf('-----END', key)
    read.regions.push({ start: key, end: end < text.length ? end : Infinity, isJson: false })
  }
  return { spans, regions: read.regions, openKeys: read.openKeys.filter((key) => key > last) }
}

/** Finds what is beneath a form in a text, for a rule that took the form off; `start` to `end` is what it was taken off. */
export function findWithin(scene: Scene, view: View, start: number, end: number): void {
  if (scene.depth === 0) scene.regions.push({ start, end, isJson: false })
  const { spans, openKeys } = findSpans(view.text, scene.reading, scene.depth + 1)
  for (const key of openKeys) for (const { start } of view.outer(key, key + 1)) scene.openKeys.push(start)
  for (const span of spans) scene.spans.push(...through(view, span))
}

function beneath(view: View, text: string, reading: Reading, depth: number, hasHeads: boolean): Found {
  const { spans, regions, openKeys } = findIn(view.text, reading, depth, hasHeads)
  const place = (at: number) => view.outer(at, at + 1)[0]?.start ?? text.length
  const parts = spans.flatMap((span) => through(view, span))
  // The times in front of lines have nothing but addresses of hosts in them, which no rule but these takes for one.
  return {
    spans: parts.map(({ goesOn, ...rest }) => (rest.end === text.length && goesOn ? { ...rest, goesOn } : rest)),
    regions: regions.map(({ start, end, isJson }) => ({
      start: place(start),
      end: end === Infinity ? end : place(end),
      isJson,
    })),
    openKeys: openKeys.map(place),
  }
}

function through(view: View, { goesOn, ...span }: Span): Span[] {
  const value = span.value ?? view.text.slice(span.start, span.end)
  const quote = span.quote !== undefined && view.escaped ? view.escaped(span.quote) : span.quote
  return view.outer(span.start, span.end).map((place) => {
    return { ...span, ...place, value, ...(quote !== undefined && { quote }), ...(goesOn && { goesOn }) }
  })
}

/** Values and names that are known to be ones, and what looks like an address. */
function known(text: string, reading: Reading): Span[] {
  const spans: Span[] = []
  reading.live?.find(text, spans)
  reading.names?.find(text, spans)
  if (reading.profile === 'sharing') personal(text, reading.work, spans)
  return spans
}

// What looks like a marker in a bundle that we did not make is somebody's.
function ofMarker(text: string, { start, end }: { start: number; end: number }, reading: Reading): Span[] {
  if (!reading.isDerivative) return [{ start, end, rule: 'forged-marker', type: 'forged' }]
  const sub = readMarker(text.slice(start, end))?.claims['sub']
  if (reading.profile !== 'sharing' || sub === undefined || !isPersonal(sub)) return []
  const from = text.indexOf(` sub=${sub}`, start) + ' sub='.length
  return [{ start: from, end: from + sub.length, rule: 'user', type: 'user', isBare: true }]
}
