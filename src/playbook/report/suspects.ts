import type { Json } from '../../change/plan.ts'
import { parseSubject } from '../../rbac/subject-text.ts'
import { escapeForTerminal } from '../../text/terminal.ts'
import { type Lanes, type PlanOfRun } from './model.ts'
import { actionOf, endsIn, type Records } from './records.ts'

type Suspect = Lanes['suspects'][number]

/**
 * Whom a run was about, by the user names that audit logs know them by: subjects and accounts it was given, those that what it was about runs as, and those
 * whose rights it took away. Who responded is none. Pure.
 */
export function suspectsOf(records: Records, plans: readonly PlanOfRun[]): Suspect[] {
  const { entries } = records.journal
  const found: Suspect[] = []
  for (const entry of entries)
    if (entry.type === 'input') for (const user of usersIn(entry.value)) found.push({ user, by: `input ${entry.name}` })
  for (const { step, outputs } of endsIn(entries)) {
    const action = actionOf(records, step)
    const named = [
      ...(action === undefined || action === 'pod.facts' ? [outputs?.['subject'] ?? null] : []),
      ...(action === 'node.pods' ? [outputs?.['subjects'] ?? null] : []),
    ]
    for (const user of named.flatMap(usersIn)) found.push({ user, by: `step ${step}` })
  }
  for (const { plan, changes } of plans)
    for (const { before } of changes)
      for (const user of taken(before)) found.push({ user, by: `plan ${plan}, which took its rights away` })
  const responders = respondersOf(records)
  const known = new Map<string, Suspect>()
  for (const one of found) if (!responders.has(one.user) && !known.has(one.user)) known.set(one.user, one)
  return [...known.values()]
}

/** The user names of who responded, as the API server has them. */
export function respondersOf({ begin, journal }: Pick<Records, 'begin' | 'journal'>): Set<string> {
  const by = journal.entries.flatMap((entry) => (entry.type === 'answer' ? [entry.by] : []))
  return new Set([begin.user, ...by])
}

function usersIn(value: Json): string[] {
  if (typeof value === 'string') return userOf(value)
  if (Array.isArray(value)) return value.flatMap(usersIn)
  if (typeof value !== 'object' || value === null) return []
  const { kind, namespace, name } = value
  if (typeof name !== 'string') return []
  if (kind === 'User') return [name]
  return kind === 'ServiceAccount' && typeof namespace === 'string'
    ? [`system:serviceaccount:${namespace}:${name}`]
    : []
}

// Most texts are none.
function userOf(text: string): string[] {
  if (!/^(?:sa|user):/.test(text)) return []
  try {
    const { kind, name, namespace } = { namespace: '', ...parseSubject(escapeForTerminal(text)) }
    return kind === 'User' ? [name] : kind === 'ServiceAccount' ? [`system:serviceaccount:${namespace}:${name}`] : []
  } catch {
    return []
  }
}

// Out of a binding.
function taken(before: { [key: string]: Json } | undefined): string[] {
  const isBinding = /^(?:Cluster)?RoleBinding$/.test(JSON.stringify(before?.['kind'] ?? '').slice(1, -1))
  return isBinding ? usersIn(before?.['subjects'] ?? null) : []
}
