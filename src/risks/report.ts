import { apiVersion, type Gap } from '../snapshot/snapshot.ts'
import { compareWith } from './baseline.ts'
import type { Exception } from './exception-entry.ts'
import { exceptionsOf } from './exceptions.ts'
import type { Finding, RisksReport } from './finding.ts'
import type { Found } from './found.ts'
import type { Baseline } from './read-baseline.ts'

export type ReportOptions = {
  namespace?: string | undefined
  gaps: Gap[]
  notes: string[]
  baseline?: Baseline | undefined
  exceptions?: Exception[] | undefined
  /** The day, `2026-12-31`. */
  today: string
}

/** Risks as an answer: with what is excepted of them, and what is new since a baseline. Findings are written out one by one as they are read. */
export function reportOf(
  { found, write }: { found: readonly Found[]; write: (found: Found) => Finding },
  { namespace, gaps, notes, baseline, exceptions = [], today }: ReportOptions,
): RisksReport {
  const judged = exceptionsOf(exceptions, today)
  const written = function* () {
    for (const each of found) yield judged.judge(write(each))
    // Of what was left out by a namespace, nobody can say that it is unused.
    for (const each of judged.leftOver(namespace === undefined)) yield write(each)
  }
  const head = {
    apiVersion,
    kind: 'RisksReport',
    query: namespace === undefined ? {} : { namespace },
    complete: gaps.length === 0,
    gaps,
  } as const
  if (!baseline) return { ...head, notes, findings: written() }
  const kept = [...written()]
  const compared = compareWith(baseline, new Set(kept.map(({ id }) => id)))
  const findings = kept.map(compared.judge).filter(({ change }) => change !== 'same')
  return { ...head, notes: [...notes, ...doubts(baseline, gaps)], findings, gone: compared.gone() }
}

function doubts(baseline: Baseline, gaps: Gap[]): string[] {
  return [
    ...(baseline.complete ? [] : ['the baseline is incomplete: what is new may only not have been seen then']),
    ...(gaps.length === 0 ? [] : ['something could not be read: what is gone may only not be seen now']),
  ]
}
