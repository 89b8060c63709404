import type { Keywords } from './keywords.ts'
import type { LiveValues } from './live-values.ts'
import type { Names } from './names.ts'
import type { Span } from './span.ts'
import type { Work } from './work.ts'

export const profiles = ['secrets', 'sharing'] as const
export type RedactProfile = (typeof profiles)[number]

/** What all texts of a bundle are read with. */
export type Reading = {
  profile: RedactProfile
  keywords: Keywords
  work: Work
  /** Markers in it are ours already. */
  isDerivative: boolean
  live?: LiveValues | undefined
  names?: Names | undefined
}

export type Region = { start: number /** Infinity, where the text ended before it. */; end: number; isJson: boolean }

/** A part of a text that rules read: nothing before `lo` and from `hi` on belongs to it. */
export type Scene = {
  text: string
  lo: number
  hi: number
  reading: Reading
  /** How many forms it was unpacked from. */
  depth: number
  spans: Span[]
  /** Up to where a rule has taken all there is. */
  taken: number
  takenPercent: number
  takenEscapes: number
  /** What is read as one, and must not be cut. */
  regions: Region[]
  /** Where private keys begin whose end was not there. */
  openKeys: number[]
}

/** Looks at a keyword that stands from `at` to `end`. */
export type Rule = (scene: Scene, at: number, end: number) => void
