import { hash } from 'node:crypto'
import type { Subject } from '../snapshot/objects.ts'
import type { Finding } from './finding.ts'

export type Identifying = Pick<Finding, 'rule' | 'subject' | 'object' | 'scope'> & {
  /** Each binding, its role, and the names that the rights are narrowed to. */
  grants: { binding: GrantName; roleRef: { kind: string; name: string }; names: string[] | undefined }[]
}
export type GrantName = { kind: string; namespace?: string | undefined; name: string }

/**
 * The id of a finding: of its rule, subject or object, scope, and the names of its grants, in no order and each once. Nothing in it comes from
 * uids, versions, times, or the place of a rule in its role: the same risk has the same id live and in evidence, today and after a restore.
 * A right that becomes wider by names is another finding; one that is edited in place otherwise keeps its id, and a baseline shows what changed.
 */
export function findingId({ rule, subject, object, scope, grants }: Identifying): string {
  const named = grants.map(({ binding, roleRef, names }) =>
    JSON.stringify([refKey(binding), roleRef.kind, roleRef.name, names ? [...new Set(names)].sort() : '*']),
  )
  const parts = [rule, subject ? subjectParts(subject) : refKey(object), scope, [...new Set(named)].sort()]
  return `${rule}-${hash('sha256', JSON.stringify(parts), 'hex').slice(0, 16)}`
}

/** What a risk is, whatever grants are behind it: by this a baseline knows one whose grants changed. */
export function riskKey({ rule, subject, object, scope }: Omit<Identifying, 'grants'>): string {
  return JSON.stringify([rule, subject ? subjectParts(subject) : refKey(object), scope])
}

function subjectParts({ kind, namespace, name }: Subject): string[] {
  return [kind, namespace ?? '', name]
}

function refKey(ref: GrantName | undefined): string[] {
  return ref ? [ref.kind, ref.namespace ?? '', ref.name] : []
}
