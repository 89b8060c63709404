import type { Plan } from '../change/plan.ts'
import type { Rehearsal } from '../change/preview.ts'
import type { PreflightReport } from '../change/reports.ts'
import type { Canaries } from './canary.ts'
import type { ScriptRun } from './live.ts'
import type { IsolationPlan } from './plan.ts'
import type { Raw } from './raw.ts'
import type { IsolateOptions, PodSet, Scene, TargetQuery } from './scene.ts'

/** What the user asked for. */
export type IsolateRequest = {
  query: TargetQuery | PodSet
  options: IsolateOptions & { sever?: boolean }
  /** The command line, as words. */
  command: string[]
  incident?: string
  reason?: string
  /** Of canaries and of what cuts live connections. */
  image: string
}

/** One pod that is cut off, with its proofs to be. */
export type CutPod = {
  pod: Raw
  canaries: Canaries | { impossible: string }
  sever: ScriptRun | { why: string }
}

/** A plan that is ready to be shown, and applied. */
export type Prepared = {
  request: IsolateRequest
  plan: Plan
  scene: Scene
  isolation: IsolationPlan
  /** By uid. */
  cut: Map<string, CutPod>
  /** Addresses that stay reachable for connections that are open. */
  peers: string[]
  rehearsals: Rehearsal[]
  preflight: PreflightReport
}
