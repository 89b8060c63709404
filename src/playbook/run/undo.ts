import { findRun } from '../../change/find-run.ts'
import { hasBegun } from '../../change/journal/journal.ts'
import type { Held } from '../../change/record-steps.ts'
import { undoRun, type UndoOptions } from '../../change/runs.ts'
import type { RunReport } from '../../change/reports.ts'
import type { Engine } from '../../change/engine.ts'
import { releaseFirst } from '../../isolation/release.ts'
import type { Recorded, RunState } from './entry.ts'
import { holdRun } from './hold.ts'
import { openRunJournal } from './journal.ts'

export type Undone = { state: RunState; steps: { step: string; planId: string; report: RunReport }[] }

/** The plans that a run has applied, the last first, by the steps that they are of. */
export function plansOf(entries: readonly Recorded[]): { step: string; planId: string }[] {
  const plans = entries.flatMap((entry) => (entry.type === 'plan' ? [{ step: entry.step, planId: entry.planId }] : []))
  return plans.toReversed()
}

/** Takes back all that a run has changed, the last change first; what cannot come back is in the reports. May be said again. */
export async function undoPlaybook(
  engine: Engine,
  runId: string,
  { image, ...options }: Omit<UndoOptions, 'first'> & { image?: string | undefined } = {},
): Promise<Undone> {
  const journal = await openRunJournal(engine.stateDir, engine.clusterId, runId, engine.now)
  let held: Held | undefined
  try {
    if (hasLease(journal.entries)) held = await holdRun(engine, journal, options.takeOver ?? false)
    const steps: Undone['steps'] = []
    for (const { step, planId } of plansOf(journal.entries)) {
      // Announced and never begun: there is nothing to take back.
      if (!(await hasBegun(engine.stateDir, engine.clusterId, planId))) continue
      await journal.append({ type: 'note', kind: 'undo', step, data: planId })
      const run = await findRun(engine, planId)
      const report = await undoRun(engine, run, { ...options, first: releaseFirst(engine, run, image) })
      steps.push({ step, planId, report })
    }
    const isWhole = steps.every(({ report }) => report.state === 'undone')
    const state = isWhole ? 'undone' : 'partly-undone'
    // Nobody goes on with what is taken back.
    if (isWhole) {
      await held?.remove().catch(() => {})
      held = undefined
    }
    await journal.append({ type: 'end', state })
    return { state, steps }
  } finally {
    await held?.release().catch(() => {})
    await journal.close()
  }
}

// Who finished has removed it; who stopped, or was killed, has not.
function hasLease(entries: readonly Recorded[]): boolean {
  const last = entries.findLast((entry) => entry.type === 'note' && entry.kind === 'lease')
  return last?.type === 'note' && (last.data as { method?: string }).method !== 'DELETE'
}
