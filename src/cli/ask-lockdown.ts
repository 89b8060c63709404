import type { ConnectionOptions } from '../cluster/connect.ts'
import type { Engine } from '../change/engine.ts'
import { carryOutLockdown } from '../lockdown/carry-out.ts'
import { lookAtLockdowns } from '../lockdown/look.ts'
import { prepareLockdown } from '../lockdown/prepare.ts'
import type { LockdownReport } from '../lockdown/report.ts'
import type { LockdownRequest, PreparedLockdown } from '../lockdown/request.ts'
import { reportOf } from '../lockdown/show.ts'
import type { LockdownStatusReport } from '../lockdown/status.ts'
import { lockdownPreview } from '../terminal/lockdown-text.ts'
import { lookOf } from '../terminal/look.ts'
import { startProgress } from '../terminal/progress.ts'
import { mayCarryOut, showPlan } from './carry-out.ts'
import { startPhases } from './phases.ts'
import { savePlan } from './plan-file.ts'
import { withEngine } from './with-engine.ts'

type Flags = {
  'state-namespace': string
  'dry-run': string
  'probe-image': string
  'emit-patches'?: string | undefined
  save?: string | undefined
  output: string
  yes: boolean
  watchMs?: number | undefined
  /** The flags by which another command finds the same cluster. */
  where: string
}
/** What is said at each end. */
type Ends = {
  preview(report: LockdownReport, ready: boolean): Promise<void>
  declined(): void
  done(report: LockdownReport): Promise<void>
}

/** Prepares a lockdown, shows it, asks, and carries it out; `--dry-run=server` ends after it was shown. */
export async function carryOut(
  flags: Flags,
  options: ConnectionOptions,
  request: LockdownRequest,
  ends: Ends,
): Promise<void> {
  await withEngine(options, flags['state-namespace'], async (engine) => {
    const prepared = await prepare(engine, request)
    const { plan, preflight, rehearsals } = prepared
    const rehearsed = { report: preflight, previews: rehearsals }
    const report = reportOf(prepared)
    if (flags.save !== undefined) await savePlan(plan, flags.save)
    if (flags['emit-patches'] !== undefined) {
      const { emitPatches } = await import('./ask-lockdown-files.ts')
      await emitPatches(flags['emit-patches'], prepared.lockdown)
    }
    if (flags['dry-run'] === 'server') {
      const isText = flags.output === 'table' || flags.output === 'wide'
      if (isText) await showPlan(engine, plan, rehearsed, { stream: process.stdout, diff: 'all' })
      return await ends.preview({ ...report, preflight }, preflight.ready)
    }
    const { stderr } = process
    await showPlan(engine, plan, rehearsed, { stream: stderr, diff: flags.yes ? 'none' : 'lasting' })
    const shape = { wide: flags.output === 'wide', width: (stderr.isTTY && stderr.columns) || undefined }
    stderr.write(lockdownPreview(report, lookOf(stderr), shape))
    if (!(await mayCarryOut(engine, plan, rehearsed, flags.yes))) return ends.declined()
    const closed = await close(engine, prepared)
    const done = { ...closed, undo: `${closed.undo ?? ''}${flags.where}` }
    if (flags.watchMs === undefined) return await ends.done(done)
    const { offerUndo, watchLockdown } = await import('./watch-lockdown.ts')
    const watched = await watchLockdown(engine, prepared, done, flags.watchMs)
    await ends.done(watched)
    await offerUndo(engine, watched, flags['probe-image'])
  })
}

/** Reads, plans and rehearses; writes nothing. */
async function prepare(engine: Engine, request: LockdownRequest): Promise<PreparedLockdown> {
  const progress = startProgress('reading what is there, and rehearsing the lockdown')
  return await prepareLockdown(engine, request, progress.update).finally(progress.stop)
}

async function close(engine: Engine, prepared: PreparedLockdown): Promise<LockdownReport> {
  const phases = startPhases()
  return await carryOutLockdown(engine, prepared, phases.enter).finally(phases.stop)
}

/** Which namespaces are closed, and whether they still are, as the records and the cluster tell. */
export async function askLockdownStatus(
  options: ConnectionOptions,
  stateNamespace: string,
  names: string[],
): Promise<LockdownStatusReport> {
  return await withEngine(options, stateNamespace, async (engine) => {
    const progress = startProgress('looking at what is closed')
    return await lookAtLockdowns(engine, names).finally(progress.stop)
  })
}
