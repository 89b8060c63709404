import type { Engine } from '../change/engine.ts'
import { findRun } from '../change/find-run.ts'
import { undoRun } from '../change/runs.ts'
import { releaseFirst } from '../isolation/release.ts'
import type { LockdownReport } from '../lockdown/report.ts'
import type { PreparedLockdown } from '../lockdown/request.ts'
import { watchDenials } from '../lockdown/watch.ts'
import { podsStand } from '../lockdown/watch-judge.ts'
import { confirm } from '../terminal/confirm.ts'
import { count } from '../terminal/change-text.ts'
import { lookOf } from '../terminal/look.ts'
import { note, warn } from '../terminal/messages.ts'
import { startProgress } from '../terminal/progress.ts'
import { runText } from '../terminal/run-text.ts'

/** Says for a while what breaks after a lockdown, on standard error, and adds it to the report. */
export async function watchLockdown(
  engine: Engine,
  { lockdown, plan }: PreparedLockdown,
  report: LockdownReport,
  forMs: number,
): Promise<LockdownReport> {
  note(
    `${report.verdict ?? ''}; looking for ${forMs / 1000} s at what breaks. To take it back meanwhile: ${report.undo ?? ''}`,
  )
  const names = lockdown.namespaces.map(({ namespace }) => namespace)
  const pods = lockdown.namespaces[0]?.scene.network.objects.filter(({ kind }) => kind === 'Pod') ?? []
  const progress = startProgress('watching pods and events')
  const { denials, gaps } = await watchDenials(engine.cluster, names, {
    forMs,
    before: podsStand(pods),
    since: new Date(plan.createdAt),
    onDenial: ({ of, text }) => warn(`${of.kind} ${of.namespace}/${of.name}: ${text}`),
  }).finally(progress.stop)
  const all = [...report.gaps, ...gaps]
  return { ...report, watched: { forMs, denials }, gaps: all, complete: all.length === 0 }
}

/** Offers to take a lockdown back that broke something. Without a terminal the command that does it is said. */
export async function offerUndo(engine: Engine, report: LockdownReport, image: string): Promise<void> {
  const { plan = '', undo = '', watched } = report
  const broken = watched?.denials.length ?? 0
  if (broken === 0) return
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    return note(`${count(broken, 'thing')} broke; to take it back: ${undo}`)
  if (!(await confirm({ ask: `${count(broken, 'thing')} broke. Take the lockdown back`, yes: false }))) return
  const run = await findRun(engine, plan)
  const done = await undoRun(engine, run, { first: releaseFirst(engine, run, image) })
  process.stderr.write(runText(done, lookOf(process.stderr), ''))
}
