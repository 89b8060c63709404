import { SecureError } from '../errors.ts'
import { type ActiveRun, type Gate, reopenRun, startRun } from './active-run.ts'
import { contextOf } from './context-of-run.ts'
import type { Engine } from './engine.ts'
import { knownRuns, type Run } from './find-run.ts'
import type { Change, Plan } from './plan.ts'
import { previewUndoOf, type Rehearsal } from './preview.ts'
import { isFromRecord, isTakenBack, reportOf, wasTouched, wasUndoing } from './progress-of-run.ts'
import { asRenewed, renewedUids } from './renewed.ts'
import type { RunReport } from './reports.ts'
import { waitingFor } from './waiting.ts'

export type ApplyOptions = { gates?: Record<string, Gate>; takeOver?: boolean }
export type UndoOptions = {
  restoreOwnership?: boolean
  takeOver?: boolean
  /** What has to be done before anything is taken back, such as letting a pod use its network again. */
  first?: (run: ActiveRun) => Promise<void>
}

/** Applies a plan from beginning to end, and cleans up what was for the time of the run alone. */
export async function applyPlan(
  engine: Engine,
  plan: Plan,
  { gates, takeOver = false }: ApplyOptions = {},
): Promise<RunReport> {
  return await within(await startRun(engine, plan, takeOver), async (run) => {
    await run.apply(gates)
    await run.cleanUp()
  })
}

/** What undo would do, by the server's dry run. */
export async function previewUndo(
  engine: Engine,
  run: Run,
  { restoreOwnership = false }: UndoOptions = {},
): Promise<Rehearsal[]> {
  const { plan, entries, records } = run
  const isOnRecord = !records.includes('journal') || isFromRecord(entries)
  const renewed = await renewedUids(engine)
  const changes = plan.changes
    .filter((change) => isOnRecord || wasTouched(change, entries))
    .map((change) => asRenewed(change, renewed))
  return await previewUndoOf(changes, (change: Change) =>
    contextOf(engine.cluster, plan, entries, change, { isOnRecord, everything: restoreOwnership }),
  )
}

/** Takes a run back. Twice is once: the second time there is nothing to write. */
export async function undoRun(
  engine: Engine,
  run: Run,
  { restoreOwnership = false, takeOver = false, first }: UndoOptions = {},
): Promise<RunReport> {
  refuseBroken(run)
  if (isOver(run, restoreOwnership)) return reportOf(run.plan, run.entries, 'undone', [])
  const report = await within(await reopenRun(engine, run, takeOver), async (active) => {
    await active.note('undo', {})
    await first?.(active)
    await active.undo({ everything: restoreOwnership })
  })
  const waiting = report.state === 'undone' ? waitingFor(run.plan, (await knownRuns(engine)).runs) : []
  return waiting.length > 0 ? { ...report, waiting } : report
}

/** Goes on with a run that was cut off: to its end, or back to its beginning. */
export async function resumeRun(
  engine: Engine,
  run: Run,
  way: 'finish' | 'undo',
  options: ApplyOptions & UndoOptions = {},
): Promise<RunReport> {
  if (!run.records.includes('journal') || isFromRecord(run.entries)) {
    throw new SecureError('usage', `what run ${run.plan.id} has done is known by its record in the cluster alone`, {
      hint: `it can be taken back: kubectl secure undo ${run.plan.id}`,
    })
  }
  // An undo that was cut off is finished by undoing.
  if (way === 'undo' || wasUndoing(run.plan, run.entries)) return await undoRun(engine, run, options)
  refuseBroken(run)
  return await within(await reopenRun(engine, run, options.takeOver), async (active) => {
    // Canaries of a run that was cut off may have ended long ago: they prove nothing any more.
    await active.cleanUp()
    await active.apply(options.gates)
    await active.cleanUp()
  })
}

/** Whether there is nothing to take back, and the journal and the cluster say so: a record that is left still has to go. */
function isOver({ plan, entries, records }: Run, everything: boolean): boolean {
  const last = entries.at(-1)
  return (
    last?.type === 'end' &&
    last.state === 'undone' &&
    !records.includes('cluster') &&
    isTakenBack(plan, entries, everything)
  )
}

function refuseBroken({ broken, records }: Run): void {
  if (broken === undefined) return
  throw new SecureError('journal', `the journal is not as it was written: ${broken}`, {
    hint: records.includes('cluster')
      ? 'compare it with a copy; or give the file another name, and undo goes by the record in the cluster'
      : 'compare it with a copy: nothing else is known of this run, as it has no record in the cluster',
  })
}

async function within(run: ActiveRun, work: (run: ActiveRun) => Promise<void>): Promise<RunReport> {
  try {
    await work(run)
  } catch (error) {
    // What failed first is what counts; the journal says how far it came.
    await run.close().catch(() => {})
    throw error
  }
  return await run.close()
}
