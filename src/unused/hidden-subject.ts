import type { AuditPolicy, AuditRule } from '../audit-log/coverage/policy.ts'
import { identityOf } from '../rbac/identity.ts'
import type { Subject } from '../snapshot/objects.ts'

/** A subject as the audit policy may see it; `groups` are all of a user's, where the log shows them. */
export type Seen = { subject: Subject; groups?: ReadonlySet<string> | undefined }

/** The policy as it is for one subject in one scope: rules for others are gone, and what is about all of theirs is about all. */
export function seenBy({ rules, ...policy }: AuditPolicy, subject: Seen, scope: string): AuditPolicy {
  return {
    ...policy,
    rules: rules.flatMap((rule) => {
      const [users, userGroups] = [usersLeft(rule, subject), groupsLeft(rule, subject)]
      if (!users || !userGroups) return []
      if (scope === '*' || rule.namespaces.length === 0) return [{ ...rule, users, userGroups }]
      return rule.namespaces.includes(scope) ? [{ ...rule, users, userGroups, namespaces: [] }] : []
    }),
  }
}

/** The users that a rule is for: none where it is for all of the subject, undefined where it is for nobody of it. */
function usersLeft({ users }: AuditRule, { subject }: Seen): string[] | undefined {
  if (users.length === 0) return users
  if (subject.kind !== 'Group') return users.includes(identityOf(subject).user ?? '') ? [] : undefined
  // Who is in a group nobody knows; the control plane is in none of somebody's own.
  const theirs = subject.name.startsWith('system:') ? users : users.filter((user) => !isComponent(user))
  return theirs.length > 0 ? theirs : undefined
}

function groupsLeft({ userGroups }: AuditRule, { subject, groups }: Seen): string[] | undefined {
  if (userGroups.length === 0) return userGroups
  const own = identityOf(subject).groups
  if (userGroups.some((group) => own.includes(group) || groups?.has(group))) return []
  const isNobody = subject.kind === 'Group' && subject.name === 'system:unauthenticated'
  if (userGroups.includes('system:authenticated')) return isNobody ? undefined : []
  if (subject.kind === 'ServiceAccount' || groups) return undefined
  const theirs = userGroups.filter((group) => !group.startsWith('system:'))
  return theirs.length > 0 ? theirs : undefined
}

function isComponent(user: string): boolean {
  return user.startsWith('system:') && !user.startsWith('system:serviceaccount:')
}
