import type { Entry, Recorded } from '../run/entry.ts'
import type { RunJournal } from '../run/journal.ts'
import type { Trace } from './model.ts'

/** What a run of a test is called. */
export const testRun = 'test-test-test'

/** A journal in memory: what is appended is in `entries`. */
export function journalIn(entries: Recorded[], now: () => Date): RunJournal {
  return {
    runId: testRun,
    folder: '',
    entries,
    append(entry: Entry) {
      const link = { seq: entries.length, at: now().toISOString(), prev: '', hash: '' }
      entries.push({ ...entry, ...link })
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}

/** The steps in the order in which they were come to: a call before the steps in it. Pure. */
export function pathIn(entries: readonly Recorded[]): Trace['path'] {
  const path = new Map<string, Trace['path'][number]>()
  for (const entry of entries) {
    if (entry.type === 'step') path.set(entry.step, { step: entry.step, outcome: 'unfinished' })
    if (entry.type === 'done') {
      const { step, outcome, why } = entry
      path.set(step, { step, outcome, ...(why !== undefined && { why }) })
    }
  }
  return [...path.values()]
}
