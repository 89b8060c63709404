import { allowances } from '../../../src/rbac/authorize.ts'
import { boundIn, indexRbac, type RbacIndex, subjectFor } from '../../../src/rbac/rbac-index.ts'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { PolicyRule } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import type { Caller } from './log.ts'

/** Whether RBAC allows somebody a request. */
export function allows(world: Snapshot, { username, groups }: Caller, asked: Attributes): boolean {
  return allowances(indexOf(world), { user: username, groups }, asked).length > 0
}

/** Whether somebody holds a part of a rule themselves, all of it by one rule. Source: validation.ruleCovers (component-helpers/auth/rbac). */
export function holds(world: Snapshot, { username, groups }: Caller, namespace: string, part: PolicyRule): boolean {
  return boundIn(indexOf(world), namespace).some(
    ({ binding, role }) =>
      subjectFor(binding, { user: username, groups }) && role?.rules.some((own) => covers(own, part)),
  )
}

function covers(own: PolicyRule, part: PolicyRule): boolean {
  const all = (list: 'verbs' | 'apiGroups') =>
    own[list].includes('*') || part[list].every((word) => own[list].includes(word))
  const isNamed = own.resourceNames.length > 0
  return (
    all('verbs') &&
    all('apiGroups') &&
    part.resources.every((word) =>
      ['*', word, ...(word.includes('/') ? [`*/${word.split('/')[1]}`] : [])].some((one) =>
        own.resources.includes(one),
      ),
    ) &&
    part.nonResourceURLs.every((url) =>
      own.nonResourceURLs.some((one) => one === url || (one.endsWith('*') && url.startsWith(one.replace(/\*+$/, '')))),
    ) &&
    (part.resourceNames.length === 0
      ? !isNamed
      : part.resourceNames.every((name) => !isNamed || own.resourceNames.includes(name)))
  )
}

/** A rule's parts: one word of each list. */
export function parts(rule: PolicyRule): PolicyRule[] {
  return (['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const).reduce<PolicyRule[]>(
    (all, list) =>
      all.flatMap((one) => (one[list].length === 0 ? [one] : one[list].map((word) => ({ ...one, [list]: [word] })))),
    [rule],
  )
}

const indexes = new WeakMap<Snapshot, RbacIndex>()

function indexOf(world: Snapshot): RbacIndex {
  const index = indexes.get(world) ?? indexRbac(world)
  indexes.set(world, index)
  return index
}
