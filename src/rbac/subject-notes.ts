import type { Subject } from '../snapshot/objects.ts'

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
