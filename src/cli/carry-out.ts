import type { Engine } from '../change/engine.ts'
import type { Change, Plan } from '../change/plan.ts'
import { preflight } from '../change/preflight.ts'
import { irreversibleOf, preview } from '../change/preview.ts'
import { refusalOf } from '../change/refusal.ts'
import type { ChangePreview, PreflightReport, RunReport } from '../change/reports.ts'
import { EXIT } from '../errors.ts'
import { count, placeText } from '../terminal/change-text.ts'
import { confirm } from '../terminal/confirm.ts'
import { lookOf } from '../terminal/look.ts'
import { note } from '../terminal/messages.ts'
import { planDiff } from '../terminal/plan-diff.ts'
import { planText } from '../terminal/plan-text.ts'
import { preflightText } from '../terminal/preflight-text.ts'
import { startProgress } from '../terminal/progress.ts'

export type Rehearsed = { report: PreflightReport; previews: ChangePreview[] }

/** The server's dry run of every change, and whether all rights are there; stores nothing. */
export async function rehearse(engine: Engine, plan: Plan): Promise<Rehearsed> {
  const progress = startProgress('rehearsing the changes')
  try {
    const previews = await preview(engine, plan)
    return { report: await preflight(engine, plan, previews), previews }
  } finally {
    progress.stop()
  }
}

/**
 * The diff, the plan and what is in the way, for people; what they decide on stands last. `diff`: that of all changes, of those
 * that last beyond the run, or none.
 */
export async function showPlan(
  engine: Engine,
  plan: Plan,
  { previews, report }: Rehearsed,
  { stream, diff }: { stream: NodeJS.WriteStream; diff: 'all' | 'lasting' | 'none' },
): Promise<void> {
  const look = lookOf(stream)
  const passing = new Set(plan.changes.filter(({ temporary }) => temporary).map(({ id }) => id))
  const shown = previews.filter(({ change }) => diff === 'all' || (diff === 'lasting' && !passing.has(change)))
  const parts = [await planDiff(shown, look, diff === 'all' ? {} : { longest: 240 })]
  if (diff === 'lasting' && passing.size > 0)
    parts.push(`# ${count(passing.size, 'object')} for the time of the run alone: --dry-run=server shows them too\n`)
  parts.push('\n', planText(plan, irreversibleOf(plan), look), '\n')
  if (!report.ready) parts.push(await preflightText(report, look, { wide: false }))
  stream.write(parts.join(''))
  const { cluster, user } = engine
  if (plan.user.name !== user.name) note(`the plan was made as ${plan.user.name}; you are ${user.name}`)
  if (plan.cluster.server !== cluster.server)
    note(`the plan was made at ${plan.cluster.server}; this is ${placeText(cluster)}`)
}

/**
 * Asks whether the plan may be carried out. Throws SecureError: `conflict`, `forbidden` or `invalid` where the rehearsal says that it cannot,
 * `usage` where nobody can answer. Nothing is written.
 */
export async function mayCarryOut(
  { cluster, user }: Engine,
  plan: Plan,
  { report }: Rehearsed,
  yes: boolean,
): Promise<boolean> {
  const refusal = refusalOf(report)
  if (refusal) throw refusal
  const lossy = plan.changes.find(isLossy)
  return await confirm({
    ask: `Make ${count(plan.changes.length, 'change')} to ${placeText(cluster)} as ${user.name}`,
    yes,
    ...(lossy && { typed: lossy.ref.name }),
  })
}

/** The exit code of a run: what is not known is not done, and what another run waits to give back is not as before. */
export function exitOfRun({ state, waiting = [] }: RunReport): number {
  if (waiting.length > 0) return EXIT.no
  if (state === 'applied' || state === 'undone') return EXIT.yes
  if (state === 'failed') return EXIT.failed
  return state === 'unfinished' ? EXIT.incomplete : EXIT.no
}

// What undo cannot bring back in any sense: a pod that is gone.
function isLossy(change: Change): boolean {
  return change.do === 'evict' || change.do === 'delete' || (change.do === 'scale' && change.after < change.before)
}
