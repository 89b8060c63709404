import type { Grant } from '../rbac/report.ts'
import type { TypedSubject } from '../rbac/subject-text.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'
import type { AttackNode, AttackRuleId, StateFact } from './model.ts'

/** A node as answers show it: without what is between, and in the notation that flags take where they take it. A role stands for itself where it is taken on the way. */
export type Holding = {
  kind: Exclude<AttackNode['kind'], 'binding'>
  /** `sa:shop/web`, `pod:shop/web-0`, `node:worker-1`, `secret:shop/key`, `any-account:shop`, `admin`, … */
  text: string
}

/** What `--from` takes: who, or what code runs as. */
export type Start = TypedSubject | { kind: 'Node'; name: string }

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
  remove: Removed[]
  /** Whether no smaller set does. */
  smallest: boolean
  /** Ways that no grant is on which could be cut: state alone makes them possible, or the cluster's own bindings. */
  uncuttable: AttackPath[]
}

/** A binding to delete, or one subject to take out of it; without `subject` all but the system's own. `breaks`: how many subjects have a way over it. */
export type Removed = {
  grant: Pick<Grant, 'binding' | 'roleRef'>
  subject?: Subject
  command: string
  breaks: number
}

export type PathsReport = {
  apiVersion: typeof apiVersion
  kind: 'PathsReport'
  query: { from: Start[]; to: Target[]; maxHops?: number }
  complete: boolean
  gaps: Gap[]
  notes: string[]
  /** Shortest first; of equal length those that wait for nobody and are sure. Without `from`: by target, then so. */
  paths: AttackPath[]
  /** How many more there are than are shown; without a count where that is not known. */
  more?: { to: Target; from?: Holding; count?: number }[]
  cuts?: Cut[]
}

/** The same before it is decided how much of it is shown: paths are worked out as they are read. */
export type PathsAnswer = Omit<PathsReport, 'paths' | 'more'> & { rows: PathsRow[] }

/** The paths to one target: of all subjects, or of one. */
export type PathsRow = {
  to: Target
  from?: Holding
  /** How many there are; undefined where there are more than were looked for. */
  count: number | undefined
  paths: Iterable<AttackPath>
}
