import type { Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { canonicalSubject, subjectKey } from './identity.ts'
import { subjectsOf } from './rbac-index.ts'
import { formatSubject } from './subject-text.ts'

const namespacePrefix = 'system:serviceaccounts:'

/** Who a group or user that the API server itself hands out really is; undefined for all others. */
export function broadSubjectNote({ kind, name }: Subject): string | undefined {
  if (kind === 'User' && name === 'system:anonymous') return 'anyone who reaches the API server, without credentials'
  if (kind !== 'Group') return undefined
  if (name === 'system:unauthenticated') return 'anyone who reaches the API server, without credentials'
  if (name === 'system:authenticated') return 'everyone with any credentials: all users, all service accounts'
  if (name === 'system:serviceaccounts') return 'every service account'
  if (name === 'system:masters') return 'allowed everything, whatever RBAC says'
  if (name.startsWith(namespacePrefix)) return `every service account in ${name.slice(namespacePrefix.length)}`
  return undefined
}

/** That no binding names a subject, which may be a slip as RBAC takes any; undefined where one does, or perhaps one that could not be read. */
export function unnamedNote(asked: Subject, snapshot: Snapshot): string | undefined {
  if (snapshot.gaps.some(({ resource }) => resource?.endsWith('bindings'))) return undefined
  const subject = canonicalSubject(asked, undefined)
  const key = subject && subjectKey(subject)
  const isIt = (named: Subject) => named.name === subject?.name && subjectKey(named) === key
  const isNamed = [snapshot.clusterRoleBindings, snapshot.roleBindings].some((bindings) =>
    bindings.some((binding) => subjectsOf(binding).some((named) => isIt(named.subject))),
  )
  return isNamed ? undefined : `no binding names ${formatSubject(asked)}`
}
