import type { Link } from '../durable/chain.ts'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type Facts = { [key: string]: Json }

/** What is said of a case when it begins, in custody/case.json. `id` names the bag. */
export type CaseHead = Facts & {
  id: string
  /** RFC 3339; the times in the sealed archive are this one. */
  created: string
  tool: { name: string; version: string }
}

type File = {
  /** Below the case's directory, with slashes. */
  file: string
  sha256: string
  bytes: number
}

/** One line of a case's journal, custody/journal.jsonl, without what chains it. */
export type CaseEntry =
  /** A file of custody/. */
  | ({ type: 'document' } & File)
  /** `file`, a `.partN`, is being written. */
  | { type: 'open'; path: string[]; file: string; meta: Facts }
  /** All of it was received and is on the disk. */
  | ({ type: 'artefact'; path: string[]; meta: Facts } & File)
  /** It ended before its source did; what there is of it is in `file`, a `.partN`. `path` is missing where only a long name is left. */
  | ({ type: 'cut'; path?: string[]; meta: Facts; why: string } & File)
  /** A file that was recorded is not there any more as it was. */
  | { type: 'lost'; file: string; why: string }
  | { type: 'request'; request: Facts }
  | { type: 'gap'; gap: Facts }
  | { type: 'alteration'; alteration: Facts }
  | { type: 'note'; kind: string; data: Json }
  /** Another process goes on; `torn` is a last line that was never finished. */
  | { type: 'resume'; torn?: string }

export type Recorded = CaseEntry & Link

export const entryTypes: readonly CaseEntry['type'][] = [
  'document',
  'open',
  'artefact',
  'cut',
  'lost',
  'request',
  'gap',
  'alteration',
  'note',
  'resume',
]

/** A piece of evidence as the journal knows it. */
export type Kept = File & {
  path: string[] | undefined
  meta: Facts
  /** Why it is not whole. */
  cut: string | undefined
}
