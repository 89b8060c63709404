import type { StateFact } from '../attack/model.ts'
import type { BoundRole } from '../rbac/rbac-index.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Finding, Fix, Severity } from './finding.ts'
import type { Lead } from './lead.ts'

/** What a rule of ours says of every finding of it. */
export type RiskInfo = {
  id: string
  title: string
  why: string
  /** What to do about it, in a sentence. */
  fix: string
  reference: string
}

/** Bindings to one role in one scope by which a subject holds something, and the rules of the role that matter. */
export type HeldBy = { bounds: readonly BoundRole[]; rules: readonly number[] }

/**
 * A finding before it is written out. A large cluster has hundreds of thousands, most of them never looked at: what they have in common is
 * shared, and texts are made when they are printed.
 */
export type Found = {
  info: RiskInfo
  severity: Severity
  scope: string
  subject?: Subject
  object?: NonNullable<Finding['object']>
  held: HeldBy[]
  lead?: Lead
  state?: StateFact[]
  /** In place of what its severity is explained by otherwise. */
  because?: string[]
  location?: NonNullable<Finding['location']>
  /** In place of what takes the grants away. */
  fix?: Fix
}

/** Whether it stands for all else of its scope: who has everything there needs no finding of its parts. Everything in each namespace is less. */
export function isWhole({ info, scope, lead }: Found): boolean {
  return info.id === 'wildcard' && (scope !== '*' || (lead?.what === 'admin' && lead.hops === 1))
}
