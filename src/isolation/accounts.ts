import { serviceAccountGroups, serviceAccountUser } from '../rbac/identity.ts'
import type { PodPlan } from './plan-pods.ts'
import { type Raw, textAt } from './raw.ts'

export type Account = { namespace: string; name: string }

/** The service accounts that pods run as, each once. */
export function accountsOf(pods: PodPlan[]): Account[] {
  const found = pods.map(({ ref, serviceAccount }) => ({ namespace: ref.namespace, name: serviceAccount }))
  return [...new Map(found.map((account) => [`${account.namespace}/${account.name}`, account])).values()]
}

export const groupsOfAccount = ({ namespace }: Account): string[] => serviceAccountGroups(namespace)

/** Whether a subject, as a binding has it, is the account itself: by its kind, or by the user name that it has. */
export function isSubject(subject: Raw, { namespace, name }: Account, bindingNamespace: string): boolean {
  const kind = textAt(subject, 'kind')
  if (kind === 'User') return textAt(subject, 'name') === serviceAccountUser(namespace, name)
  if (kind !== 'ServiceAccount' || textAt(subject, 'name') !== name) return false
  // In a RoleBinding the API server takes an empty namespace for none at all; it stores no such subject.
  return (textAt(subject, 'namespace') || bindingNamespace) === namespace
}
