import type { Engine } from '../change/engine.ts'
import type { Run } from '../change/find-run.ts'
import { isFromRecord } from '../change/progress-of-run.ts'
import { irreversibleOf } from '../change/preview.ts'
import { previewUndo, type UndoOptions } from '../change/runs.ts'
import { previewRelease } from '../isolation/release.ts'
import { lossTexts, objectText, placeText } from '../terminal/change-text.ts'
import { confirm } from '../terminal/confirm.ts'
import { lookOf } from '../terminal/look.ts'
import { planDiff } from '../terminal/plan-diff.ts'
import { startProgress } from '../terminal/progress.ts'
import { Sheet } from '../terminal/sheet.ts'
import { shellLine } from '../text/shell.ts'

/** How a run is taken back; `image`: of what lets pods use their network again, where it was asked for. */
export type TakeBack = UndoOptions & { image?: string | undefined }

/** What undo would change, by the server's dry run, and what it would not. */
export async function showUndo(
  engine: Engine,
  run: Run,
  { image, ...options }: TakeBack,
  stream: NodeJS.WriteStream,
): Promise<void> {
  const progress = startProgress('rehearsing the undo')
  const rehearsing = Promise.all([previewRelease(engine, run, image), previewUndo(engine, run, options)])
  const [released, undone] = await rehearsing.finally(progress.stop)
  const { plan, refused } = run
  const sheet = new Sheet().lead('Undo', `${plan.id}: ${shellLine(['kubectl', 'secure', ...plan.command])}`)
  sheet.field('by', `${plan.user.name}, ${plan.createdAt}`, { indent: 2 })
  if (plan.incident !== undefined) sheet.field('incident', plan.incident, { indent: 2 })
  if (plan.reason !== undefined) sheet.field('reason', plan.reason, { indent: 2 })
  if (isOnRecord(run)) {
    sheet.lead('Warning:', recordWarning, { colour: 'yellow' })
    for (const { change, why } of refused) sheet.lead('not done:', `${change}: ${why}`, { indent: 2, colour: 'yellow' })
  }
  const losses = lossTexts(irreversibleOf(plan))
  if (losses.length > 0) sheet.line('What does not come back:')
  for (const text of losses) sheet.lead('-', text, { indent: 2 })
  for (const { ref } of released)
    sheet.lead(
      'Note:',
      `a container is added to ${objectText(ref)} that lifts the cut; it stays there until the pod is gone`,
    )
  const look = lookOf(stream)
  stream.write(`${sheet.toText(look)}\n${await planDiff([...released, ...undone], look)}\n`)
}

// Also of a run that was taken up from its record before: its journal here says nothing of what was done.
const isOnRecord = ({ records, entries }: Run) => !records.includes('journal') || isFromRecord(entries)

const recordWarning =
  'all that is known of this run is its record in the cluster, which whoever may write Secrets there can make up: read the diff'

/** Asks whether it may be undone; rights that a record would give back are typed one by one, --yes or not. */
export async function mayUndo({ cluster, user }: Engine, run: Run, yes: boolean): Promise<boolean> {
  const { plan, mustType } = run
  const ask = `Undo ${plan.id} on ${placeText(cluster)} as ${user.name}`
  if (!(await confirm({ ask, yes, ...(isOnRecord(run) && { typed: plan.id }) }))) return false
  for (const right of mustType) {
    const given = await confirm({ ask: `Give back the rights of ${right}`, typed: right, yes, never: true })
    if (!given) return false
  }
  return true
}
