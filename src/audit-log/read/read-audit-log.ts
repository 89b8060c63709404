import type { Gap } from '../../snapshot/snapshot.ts'
import { type AuditEvent, micros, timeOf } from '../event.ts'
import type { Piece } from './bounded-bytes.ts'
import { DocumentSplitter, isDocument } from './documents.ts'
import { fileGap, timeIn } from './files.ts'
import { LineEvents } from './line-event.ts'
import { LineSplitter, type Splitter } from './lines.ts'
import { pieceEvents } from './piece-events.ts'
import { type LogPart, logParts, type LogSource } from './sources.ts'
import { textBlocks } from './text-blocks.ts'
import { type WordFinder, wordFinder } from './words.ts'

/** Which events are wanted. */
export type AuditFilter = {
  /**
   * Only lines that hold one of these words as bytes are parsed at all. A word must stand so in every event wanted, in
   * JSON within JSON too: letters, digits and `.:-_@`, a quote only in front.
   */
  words?: readonly string[]
  /** RFC 3339: events from this time on, and before that one. Events without a time are always wanted. */
  since?: string
  until?: string
  test?: (event: AuditEvent) => boolean
}

export type ReadProgress = { file: string; bytes: number; lines: number; events: number }
export type ReadOptions = {
  filter?: AuditFilter | undefined
  onProgress?: ((progress: ReadProgress) => void) | undefined
}

/** What was read so far; complete when the events have ended. */
export type ReadReport = {
  files: { path: string; bytes: number; lines: number; events: number }[]
  /** Bytes as they are stored, compressed where they are. */
  bytes: number
  lines: number
  /** Events handed on; without a filter, all. */
  events: number
  /** Of these, cut or without their bodies (`truncated` says which). */
  salvaged: number
  /** Lines, or parts of them, that are audit events of which too little is left. With words, of those that hold one. */
  unreadable: number
  /** Lines of something else. With words, of those that hold one. */
  foreign: number
  /** The first time that stands in any of the files, in microseconds since 1970, whatever the filter is. */
  begins?: number
  /** Files that could not be read, or not to their end; unreadable lines. */
  gaps: Gap[]
}

/** The events one by one, or as many at once as come from one read, which costs a fraction of the time; either, and once. */
export type AuditLog = { events: AsyncIterable<AuditEvent>; batches: AsyncIterable<AuditEvent[]>; report: ReadReport }

/**
 * Reads audit logs in any of their formats (docs/audit.md) as a stream, in bounded memory whatever their size. Nothing is read
 * before the events are asked for. What cannot be read is in the report; throws SecureError('usage') only where a path
 * cannot be used at all.
 */
export function readAuditLog(
  source: LogSource | readonly LogSource[],
  { filter = {}, onProgress }: ReadOptions = {},
): AuditLog {
  const report: ReadReport = {
    files: [],
    bytes: 0,
    lines: 0,
    events: 0,
    salvaged: 0,
    unreadable: 0,
    foreign: 0,
    gaps: [],
  }
  const wanted = isWanted(filter)
  const find = filter.words && filter.words.length > 0 ? wordFinder(filter.words) : undefined
  const sources = Array.isArray(source) ? (source as readonly LogSource[]) : [source as LogSource]
  const lines = new LineEvents(() => (report.unreadable += 1))
  const batches = eventBatches(sources, { report, lines, wanted, find, onProgress })
  return { events: oneByOne(batches), batches, report }
}

/** What comes in batches, by itself. */
export async function* oneByOne<T>(batches: AsyncIterable<T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch
}

type Reading = {
  report: ReadReport
  lines: LineEvents
  wanted: (event: AuditEvent) => boolean
  find: WordFinder | undefined
  onProgress: ReadOptions['onProgress']
}

async function* eventBatches(sources: readonly LogSource[], reading: Reading): AsyncGenerator<AuditEvent[]> {
  const { report } = reading
  let isLog = false
  for await (const part of logParts(sources, report.gaps)) if (yield* fileEvents(part, reading)) isLog = true
  if (!isLog && report.unreadable === 0 && report.gaps.length === 0) {
    const why = report.bytes === 0 ? 'there is nothing in it' : 'it does not begin with any'
    const hides = 'everything: nothing may be concluded from what is not found'
    report.gaps.push({ what: 'find audit events in the log', why, hides })
  }
  if (report.unreadable === 0) return
  const why = 'cut, or damaged, before they say who asked for what'
  report.gaps.push({ what: `read ${report.unreadable} lines`, why, hides: 'what these requests were' })
}

/** The events of a file; returns whether it is an audit log at all. */
async function* fileEvents(
  { path, blocks }: LogPart,
  { report, lines, wanted, find, onProgress }: Reading,
): AsyncGenerator<AuditEvent[], boolean> {
  const file = { path, bytes: 0, lines: 0, events: 0 }
  report.files.push(file)
  let ready: AuditEvent[] = []
  const onPiece = (piece: Piece) => {
    const found = pieceEvents(piece, path, lines)
    report.unreadable += found.unreadable
    if (found.foreign) report.foreign += 1
    for (const event of found.events) if (wanted(event)) ready.push(event)
  }
  const text = textBlocks(
    blocks((count) => {
      file.bytes += count
      report.bytes += count
    }),
  )
  const splitter = new FormatSplitter(onPiece, find)
  const take = (): AuditEvent[] => {
    report.lines += splitter.lines - file.lines
    file.lines = splitter.lines
    const batch = ready
    ready = []
    file.events += batch.length
    report.events += batch.length
    for (const { truncated } of batch) if (truncated) report.salvaged += 1
    onProgress?.({ file: path, bytes: file.bytes, lines: file.lines, events: file.events })
    return batch
  }
  try {
    for await (const block of text) {
      splitter.push(block)
      yield take()
    }
  } catch (error) {
    report.gaps.push(fileGap(path, error, `events after line ${splitter.lines}`))
  }
  splitter.end()
  yield take()
  const { begins } = splitter
  if (begins !== undefined) report.begins = Math.min(begins, report.begins ?? begins)
  return file.events > 0 || splitter.hasEvents
}

/** Lines or documents, as the beginning of the text tells. */
class FormatSplitter implements Splitter {
  #start: Buffer = Buffer.alloc(0)
  #chosen: Splitter | undefined
  readonly #choose: (start: string) => Splitter

  constructor(onPiece: (piece: Piece) => void, find: WordFinder | undefined) {
    const onRecord = (piece: Piece) => {
      if (!find || piece.tail || find(piece.bytes, piece.from, piece.to) >= 0) onPiece(piece)
    }
    this.#choose = (start) => (isDocument(start) ? new DocumentSplitter(onRecord) : new LineSplitter(onPiece, find))
  }

  get lines(): number {
    return this.#chosen?.lines ?? 0
  }

  /** Whether it begins with audit events: with a filter, an empty answer does not tell a log from something else. */
  hasEvents = false
  begins: number | undefined

  push(block: Buffer): void {
    if (this.#chosen) return this.#chosen.push(block)
    this.#start = Buffer.concat([this.#start, block])
    if (this.#start.length >= 4096) this.#begin()
  }

  end(): void {
    if (!this.#chosen) this.#begin()
    this.#chosen?.end()
  }

  #begin(): void {
    const beginning = this.#start.toString('latin1', 0, 65_536)
    this.hasEvents = /auditID|protoPayload/.test(beginning)
    this.begins = timeIn(beginning)
    this.#chosen = this.#choose(beginning.slice(0, 4096))
    this.#chosen.push(this.#start)
    this.#start = Buffer.alloc(0)
  }
}

function isWanted({ since, until, test }: AuditFilter): (event: AuditEvent) => boolean {
  const from = since === undefined ? undefined : micros(since)
  const to = until === undefined ? undefined : micros(until)
  return (event) => {
    const time = from === undefined && to === undefined ? undefined : micros(timeOf(event))
    if (time !== undefined && ((from !== undefined && time < from) || (to !== undefined && time >= to))) return false
    return !test || test(event)
  }
}
