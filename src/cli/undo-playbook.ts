import type { Engine } from '../change/engine.ts'
import { findRun, type Run } from '../change/find-run.ts'
import { hasBegun } from '../change/journal/journal.ts'
import { findPlaybookRun } from '../playbook/run/find.ts'
import { readRunJournal } from '../playbook/run/journal.ts'
import { plansOf, type Undone, undoPlaybook } from '../playbook/run/undo.ts'
import { count, placeText } from '../terminal/change-text.ts'
import { confirm } from '../terminal/confirm.ts'
import { note } from '../terminal/messages.ts'
import { showUndo, type TakeBack } from './take-back.ts'

/** Shows what taking a run back would change, the last change first. Returns how many of its changes there are. */
export async function showPlaybookUndo(
  engine: Engine,
  id: string,
  options: TakeBack,
  stream: NodeJS.WriteStream,
): Promise<{ runId: string; plans: number }> {
  const { runId, folder } = await findPlaybookRun(engine, id)
  const { entries } = await readRunJournal(folder)
  const runs: Run[] = []
  for (const { planId } of plansOf(entries))
    if (await hasBegun(engine.stateDir, engine.clusterId, planId)) runs.push(await findRun(engine, planId))
  for (const run of runs) await showUndo(engine, run, options, stream)
  if (runs.length > 1 && runs.some(({ plan }) => plan.changes.some((change) => change.do === 'delete')))
    note('what was deleted is made anew as it was then; what was changed before is taken back on the new object')
  return { runId, plans: runs.length }
}

/** Takes a run back once that was confirmed; undefined where it was not. */
export async function undoPlaybookRun(
  engine: Engine,
  id: string,
  { yes, ...options }: { yes: boolean } & TakeBack,
): Promise<(Undone & { runId: string }) | undefined> {
  const { runId, plans } = await showPlaybookUndo(engine, id, options, process.stderr)
  const ask = `Take back ${count(plans, 'step')} of run ${runId} on ${placeText(engine.cluster)} as ${engine.user.name}`
  if (!(await confirm({ ask, yes }))) return undefined
  return { runId, ...(await undoPlaybook(engine, runId, options)) }
}
