import type { LaneRow } from '../playbook/report/model.ts'
import { shellLine } from '../text/shell.ts'

/*
 * A report as a document that knows nothing of Markdown or HTML: which text is ours and which is of others is told apart here, and escaped where it is written.
 */

/** A string is our own; `said` is a text of others, `name` one that is copied or compared: a name, a digest, a command. */
export type Piece = string | { said: string } | { name: string }
export type Inline = readonly Piece[]

export type Item = { text: Inline; more?: readonly Inline[] }

export type Block =
  | { kind: 'heading'; level: 2 | 3; text: Inline }
  | { kind: 'text'; text: Inline; tone?: 'good' | 'bad' | 'odd' | 'soft' }
  | { kind: 'list'; items: readonly Item[] }
  | { kind: 'facts'; facts: readonly (readonly [string, Inline])[] }
  | { kind: 'table'; headings: readonly string[]; rows: readonly (readonly Inline[])[] }
  | { kind: 'diff'; text: string }
  | { kind: 'lanes'; rows: readonly LaneRow[] }
  /** Something to fill in by hand. */
  | { kind: 'ask'; text: string; lines: number }

export type ReportDocument = { title: string; blocks: readonly Block[] }

/** Characters of one text that a reader has use for; the rest is in -o json. */
const longest = 1500

export const said = (text: string): Piece => ({ said: cut(text) })
export const name = (text: string): Piece => ({ name: cut(text) })
/** A command of this tool, to be copied whole. */
export const command = (words: readonly string[]): Piece => ({ name: shellLine(['kubectl', 'secure', ...words]) })

export const heading = (text: string): Block => ({ kind: 'heading', level: 2, text: [text] })

/** Pieces with something of ours between them. */
export function joined(pieces: readonly Inline[], between = ', '): Inline {
  return pieces.flatMap((one, index) => (index === 0 ? one : [between, ...one]))
}

function cut(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters; -o json has all)`
}

/** `2026-11-21 03:00:12 UTC`; what is none is not shown. */
export function timeText(time: string): string {
  const [, day, clock] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(time) ?? []
  return day === undefined ? 'time unknown' : `${day} ${clock} UTC`
}

/** `12.3 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown'
  const whole = Math.round(Math.abs(seconds))
  if (whole < 60) return `${Math.abs(seconds).toFixed(1)} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `+12.3 s`: after the run began; `−…`: before. */
export const sinceText = (seconds: number): string => `${seconds < 0 ? '−' : '+'}${durationText(seconds)}`
