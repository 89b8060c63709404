import { serviceAccountGroups } from '../rbac/identity.ts'
import { indexRbac, boundIn, subjectsOf } from '../rbac/rbac-index.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Source } from './model.ts'

/** What somebody gave the default service account, or all of the namespace together: not what every service account has. */
export function ownGrants(rbac: Snapshot, namespace: string): Source[] {
  const group = serviceAccountGroups(namespace)[1]
  return boundIn(indexRbac(rbac), namespace).flatMap(({ binding, role }): Source[] => {
    const isMeant = subjectsOf(binding).some(
      ({ subject }) =>
        (subject.kind === 'ServiceAccount' && subject.namespace === namespace && subject.name === 'default') ||
        (subject.kind === 'Group' && subject.name === group),
    )
    if (!isMeant || role?.rules.length === 0) return []
    const { kind, name, roleRef } = binding
    const place = binding.namespace === undefined ? name : `${binding.namespace}/${name}`
    const ref = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      resource: `${kind.toLowerCase()}s`,
      ...(binding.namespace === undefined ? {} : { namespace: binding.namespace }),
      name,
    }
    return [
      {
        how: 'declared',
        what: `${kind} ${place} gives the default service account ${roleRef.kind} ${roleRef.name}`,
        ref,
      },
    ]
  })
}
