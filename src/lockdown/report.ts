import type { PreflightReport, RunReport } from '../change/reports.ts'
import type { ProbeReport } from '../isolation/report.ts'
import type { ReachDiffReport } from '../network/reach-report.ts'
import type { Protocol } from '../network/traffic.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'
import type { Breakage, ForeignNeed, Level, Part } from './model.ts'
import type { LeftOpen } from './network/left-open.ts'
import type { PlannedRule } from './network/policies.ts'

/**
 * ENFORCED: nothing is open but what the rules let through, and it was seen. PARTIAL: something is closed, and something is open or not
 * proved. NOT ENFORCED: what is denied gets through all the same. UNKNOWN: it could not be seen.
 */
export const lockdownVerdicts = ['ENFORCED', 'PARTIAL', 'NOT ENFORCED', 'UNKNOWN'] as const
export type LockdownVerdict = (typeof lockdownVerdicts)[number]

/** A connection that the rules let through, tried from a canary: to another one, or to somebody who is there. */
export type AllowedTry = {
  from: string
  to: string
  protocol: Protocol
  port: number
  /** `refused` by the other pod itself, which does not listen there: it got through. */
  seen: 'connects' | 'refused' | 'blocked' | 'error'
  detail: string
}

/** What was seen of a namespace after the lockdown. */
export type LockdownProof = {
  /** From twins of its pods, and from plain pods outside of it. */
  probes: ProbeReport[]
  allowed: AllowedTry[]
  /** Nodes with pods of the namespace on which nothing was tried. */
  unseen: string[]
}

/** A subject that can write in the namespace, run commands in it, read its Secrets, change its policies or act as others. */
export type Writer = {
  subject: string
  /** The namespace, or `*`. */
  scope: string
  can: string[]
  /** Through which binding and role: `RoleBinding shop/dev → ClusterRole edit`. */
  chain: string[]
  /** Why the quarantine leaves it what it has. */
  left?: string
  /** The control plane has it, all over the cluster. */
  isSystem?: true
}

/** What is wrong with a workload by the Pod Security level that is to be enforced. */
export type Violation = {
  workload: { kind: string; namespace: string; name: string }
  level: string
  check: string
  fields: string[]
  text: string
}

/** One namespace of a lockdown. `verdict` and what it rests on are there once it was applied. */
export type LockdownNamespace = {
  namespace: string
  verdict?: LockdownVerdict
  /** Why the verdict is no better, first reason first. */
  reasons?: string[]
  proof?: LockdownProof
  rules: PlannedRule[]
  /** What other namespaces alone declare about it: tenants' before what runs the cluster, what is let in first. */
  foreign: ForeignNeed[]
  leftOpen: LeftOpen[]
  violations: Violation[]
  writers: Writer[]
  breaks: Breakage[]
  notes: string[]
}

export type LockdownReport = {
  apiVersion: typeof apiVersion
  kind: 'LockdownReport'
  /** Absent where nothing can be applied: of evidence, of files, and with --emit. */
  plan?: string
  incident?: string
  level: Level
  parts: readonly Part[]
  /** The worst of the namespaces'; absent where nothing was applied. */
  verdict?: LockdownVerdict
  namespaces: LockdownNamespace[]
  /** What the policies open or cut; absent where none are made. */
  reach?: ReachDiffReport
  /** Whether it could be applied: of --dry-run=server. */
  preflight?: PreflightReport
  run?: RunReport
  /** What broke while --watch was looking. */
  watched?: { forMs: number; denials: Denial[] }
  /** The command that takes all of it back. */
  undo?: string
  complete: boolean
  gaps: Gap[]
  notes: string[]
}

/** Something that was not so before the lockdown. */
export type Denial = {
  at: string
  what: 'not ready' | 'restarted' | 'refused' | 'probe failed'
  of: { kind: string; namespace: string; name: string }
  text: string
}
