import type { LockdownScene, LockdownOptions } from './model.ts'
import { nobodyChosen } from './nobody-chosen.ts'
import { inOrder, type LockdownPlan, planLockdown } from './plan.ts'
import { refuse } from './prepare.ts'
import { reachOf } from './reach.ts'
import type { LockdownReport } from './report.ts'
import { planReport } from './show.ts'
import { narrowed } from './touched.ts'

/** Any name that no plan has: what is made for Git bears none. */
const planId = 'none'

/**
 * A lockdown that is not for this cluster to make: of evidence, of files, or to be kept in Git; pure. Throws SecureError `usage` for namespaces
 * that are not to be closed, and for parts that the level does not touch.
 */
export function planForFiles(
  scenes: readonly LockdownScene[],
  asked: LockdownOptions,
  { createdAt, stateNamespace, notes }: { createdAt: string; stateNamespace: string; notes: string[] },
): { lockdown: LockdownPlan; report: LockdownReport } {
  const options = narrowed(asked)
  const forced = refuse(scenes, stateNamespace, options.force)
  const responder = { name: '', groups: [] }
  const planned = planLockdown(scenes, options, { planId, names: 'readable', responder, createdAt })
  const lockdown = { ...planned, changes: inOrder(planned.changes) }
  const [first] = scenes
  const names = planned.namespaces.map(({ namespace }) => namespace)
  const reach = options.parts.includes('network') && first && reachOf(first.network, lockdown.changes, names)
  const report = planReport(lockdown, options, reach || undefined)
  return {
    lockdown,
    report: { ...report, notes: [...forced, ...nobodyChosen(scenes, options), ...report.notes, ...notes] },
  }
}
