import type { ResourceAttributes } from '../cluster/access-review.ts'
import type { apiVersion } from '../snapshot/snapshot.ts'
import type { Edit, Json, ObjectRef, Plan } from './plan.ts'

/** What one change would do, by the API server's own dry run. */
export type ChangePreview = {
  change: string
  ref: ObjectRef
  /** Absent: the object is not there before, or not after. */
  before?: { [key: string]: Json }
  after?: { [key: string]: Json }
  /** Why there is no dry run: the change cannot have one, or the server refused it. */
  missing?: string
  /** Warnings the server gave. */
  warnings: string[]
}

/** What cannot come back when a change is undone, in words. */
export type Irreversible = { change: string; ref: ObjectRef; what: string }

/** One right that is needed, and whether it is there. */
export type RightNeeded = {
  for: 'apply' | 'undo'
  change: string
  attributes: ResourceAttributes
  allowed: boolean
  reason?: string
}

export type PreflightReport = {
  apiVersion: typeof apiVersion
  kind: 'PreflightReport'
  ready: boolean
  rights: RightNeeded[]
  /** Refusals of the dry run that are not about rights: admission, quota, Pod Security, a name taken. */
  refusals: { change: string; why: string }[]
  /** Roles and ClusterRoles that grant exactly what is missing. */
  missingRoles: { [key: string]: Json }[]
  /** What drifted since the plan was made. */
  drift: string[]
  notes: string[]
}

/**
 * A field that undo left as it is. `foreign`: somebody else has changed it; `held`: another plan needs it so; `on-request`: it
 * is given back only with --restore-ownership, which was said before.
 */
export type Foreign = {
  ref: ObjectRef
  path: string[]
  expected?: Json
  found?: Json
  how: 'foreign' | 'held' | 'on-request'
  why: string
}

export type StepState =
  | 'planned'
  | 'applied' // done, and read back as meant
  | 'already' // it was so before we came
  | 'failed'
  | 'unsettled' // sent, and nobody knows yet: an intent without a result
  | 'undone'
  | 'partly-undone' // some fields stay: foreign, held by another plan, or given back only on request
  | 'gone' // the object is not there any more

export type StepReport = {
  change: string
  do: Plan['changes'][number]['do']
  ref: ObjectRef & { uid?: string }
  state: StepState
  why?: string
  /** Fields that undo left alone. */
  left?: Foreign[]
}

export type RunReport = {
  apiVersion: typeof apiVersion
  kind: 'RunReport'
  plan: string
  state: RunState
  steps: StepReport[]
  irreversible: Irreversible[]
  warnings: string[]
  /** Plans that were undone before but for what this one held: each can be undone to its end now. */
  waiting?: string[]
}

export type RunState = 'applied' | 'stopped' | 'failed' | 'undone' | 'partly-undone' | 'unfinished'

/** A run as `status` shows it. */
export type RunStatus = {
  plan: string
  incident?: string
  reason?: string
  who: string
  when: string
  command: string[]
  /** Where the record is: this machine's journal, the cluster's record, or both. */
  records: ('journal' | 'cluster')[]
  state: RunState
  steps: StepReport[]
  /** Where the cluster is not any more as the plan left it. */
  drift: string[]
  /** Who holds the lease, where somebody does. */
  holder?: string
  notes: string[]
}

export type StatusReport = {
  apiVersion: typeof apiVersion
  kind: 'StatusReport'
  cluster: { id: string; server: string }
  runs: RunStatus[]
  gaps: { what: string; why: string; hides: string }[]
}

export type EditState = { edit: Edit; state: 'before' | 'after' | 'foreign'; found?: Json }
