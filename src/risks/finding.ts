import type { AttackRuleId, StateFact } from '../attack/model.ts'
import type { Grant, ObjectRef } from '../rbac/report.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'

/** The worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** What a finding's subject comes to by it, with no further rights than those. Texts are hostile. */
export type Reached = {
  what: 'admin' | 'node' | 'namespace' | 'account' | 'secret' | 'pod'
  /** In the notation of `paths`: `admin`, `node:worker-1`, `ns:shop`, `sa:shop/web`. */
  text: string
  hops: number
  /** Attack rules, one a hop, and what each leads to. */
  way: { rule: AttackRuleId; to: string }[]
  /** Somebody else has to do something first. */
  waits?: true
  /** It may not work after all. */
  unsure?: true
}

export type Fix = {
  text: string
  /** Lines for a shell; where there are several, any will do. */
  commands: string[]
}

export type Excepted = { owner: string; reason: string; expires?: string }

/** What a finding was in the baseline. */
export type Before = { id: string; severity: Severity; evidence: { added: string[]; removed: string[] } }

export type Finding = {
  /** `RULE-HHHHHHHHHHHHHHHH`; see id.ts for what it is made of. */
  id: string
  rule: string
  title: string
  severity: Severity
  /** Why it is that severe. */
  because: string[]
  /** Who: of findings about rights. */
  subject?: Subject | undefined
  /** What: of all others. */
  object?: Omit<ObjectRef, 'uid' | 'resourceVersion'> | undefined
  /** A namespace, or `*`. */
  scope: string
  why: string
  reached?: Reached | undefined
  /** The first 20. */
  grants: Grant[]
  /** How many bindings more give it. */
  moreBindings?: number | undefined
  state: StateFact[]
  fix: Fix
  reference: string
  /** Of a file that is not the cluster's: an exception. */
  location?: { file: string; line: number }
  exception?: Excepted
  change?: 'new' | 'changed' | 'same'
  before?: Before
}

/** A finding of the baseline that is there no more. */
export type GoneFinding = Pick<Finding, 'id' | 'rule' | 'title' | 'severity' | 'subject' | 'object' | 'scope'>

export type Tally = Record<Severity, number>

export type RisksReport = {
  apiVersion: typeof apiVersion
  kind: 'RisksReport'
  query: { namespace?: string }
  complete: boolean
  gaps: Gap[]
  notes: string[]
  /** The worst first; worked out as they are read, which can be done once. */
  findings: Iterable<Finding>
  /** With --baseline: what is there no more. */
  gone?: GoneFinding[]
}
