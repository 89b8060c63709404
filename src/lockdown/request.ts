import type { Plan } from '../change/plan.ts'
import type { Rehearsal } from '../change/preview.ts'
import type { PreflightReport } from '../change/reports.ts'
import type { ReachDiffReport } from '../network/reach-report.ts'
import type { NamespaceCanaries } from './canaries.ts'
import type { LockdownOptions } from './model.ts'
import type { LockdownPlan } from './plan.ts'

/** What the user asked for. */
export type LockdownRequest = {
  namespaces: string[]
  options: LockdownOptions
  /** The command line, as words. */
  command: string[]
  incident?: string
  reason?: string
  /** Of canaries. */
  image: string
}

/** A plan that is ready to be shown, and applied. */
export type PreparedLockdown = {
  request: LockdownRequest
  lockdown: LockdownPlan
  plan: Plan
  /** In the order of the namespaces. */
  canaries: NamespaceCanaries[]
  /** What policies open or cut, or why that is not worked out; absent where none are made. */
  reach?: ReachDiffReport | { why: string }
  rehearsals: Rehearsal[]
  preflight: PreflightReport
}
