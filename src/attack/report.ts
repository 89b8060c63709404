import type { Grant } from '../rbac/report.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'
import type { AttackNode, AttackRuleId, StateFact } from './model.ts'

/** A node as answers show it: without the intermediate ones, and in the notation that flags take. */
export type Holding = {
  kind: Exclude<AttackNode['kind'], 'binding' | 'role'>
  /** `sa:shop/web`, `pod:shop/web-0`, `node:worker-1`, `secret:shop/key`, `any-account:shop`, `admin`, … */
  text: string
}

/** What `--to` takes, and what is asked for without it. */
export type Target =
  | { kind: 'admin' }
  | { kind: 'node'; name?: string }
  | { kind: 'namespace'; namespace: string }
  | { kind: 'secret'; namespace: string; name: string }
  | { kind: 'account'; namespace: string; name: string }

/** One move: an attack rule, with the structure before it folded in. */
export type Hop = {
  rule: AttackRuleId
  /** `Creates a pod with any service account of the namespace`. */
  title: string
  from: Holding
  to: Holding
  /** Indexes of the earlier hops that it needs; empty where the start is enough. More than one where requests are joined. */
  needs: number[]
  /** The groups by which the subject holds the grants. */
  groups?: string[]
  grants: Grant[]
  state: StateFact[]
  waits?: string
  unsure?: string
}

/** A way from a subject to a target. */
export type AttackPath = { from: Holding; to: Target; hops: Hop[] }

/** What of RBAC to take away so that no way is left, as a plan that is shown, not applied. */
export type Cut = {
  to: Target
  /** Each a binding, or one subject of it. */
  remove: { grant: Pick<Grant, 'binding' | 'roleRef'>; subject?: Subject; command: string; breaks: number }[]
  /** Whether no smaller set does. */
  smallest: boolean
  /** Ways that no grant is on: state alone makes them possible. */
  uncuttable: AttackPath[]
}

export type PathsReport = {
  apiVersion: typeof apiVersion
  kind: 'PathsReport'
  query: { from: Subject[]; to: Target[]; maxHops?: number }
  complete: boolean
  gaps: Gap[]
  notes: string[]
  /** Shortest first; of equal length those that wait for nobody and are sure. Without `from`: by target, then so. */
  paths: AttackPath[]
  /** How many more there are than are shown, by target. */
  more?: { to: Target; count: number }[]
  cuts?: Cut[]
}
