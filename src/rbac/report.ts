import type { PolicyRule, Subject } from '../snapshot/objects.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'
import type { ImplicitGrant } from './implicit.ts'
import type { Query } from './query.ts'
import type { MatchedBy } from './rule-match.ts'

export type ObjectRef = { kind: string; name: string; namespace?: string; uid?: string; resourceVersion?: string }

/** One way a subject holds a right: the binding, the role it refers to, the rule in it, and what matched. */
export type Grant = {
  binding: ObjectRef
  roleRef: { kind: string; name: string }
  /** Absent where only the API server's reason is known. */
  rule?: PolicyRule & { index: number }
  matchedBy?: MatchedBy
  /** The subject as the binding has it. */
  subjectMatch: Subject
  /** The ClusterRoles that an aggregated role took this rule from. */
  aggregatedFrom?: string[]
  /** True where the role could not be read and its rules are Kubernetes' defaults for that name. */
  assumed?: true
}

export type Verified = { allowed: boolean; reason?: string }

export type SubjectRow = Subject & {
  /** A namespace, or `*`. */
  scope: string
  /** Present where every grant is narrowed to names. */
  resourceNames?: string[]
  note?: string
  grants: Grant[]
  verified?: Verified
  members?: Member[]
}

/** A service account that a group row stands for, with the pods that run as it. */
export type Member = { namespace: string; name: string; pods: string[] }

export type Dangling = { binding: ObjectRef; roleRef: { kind: string; name: string }; why: string }

export type WhoCanReport = {
  apiVersion: typeof apiVersion
  kind: 'WhoCanReport'
  query: Query
  complete: boolean
  gaps: Gap[]
  notes: string[]
  implicit: ImplicitGrant[]
  subjects: SubjectRow[]
  dangling: Dangling[]
}
