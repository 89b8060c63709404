import type { Bootstrap } from '../attack/bootstrap.ts'
import { subjectKey } from '../rbac/identity.ts'
import { type BoundRole, type RbacIndex, subjectsOf } from '../rbac/rbac-index.ts'
import type { Role, Subject } from '../snapshot/objects.ts'

/** A binding with its role and subjects, each looked at once. */
export type Bond = {
  bound: BoundRole
  /** `isAdded`: the cluster itself does not create the binding with it. */
  subjects: { subject: Subject; key: string; isAdded: boolean }[]
  /** Whether the role is as the cluster creates it. */
  isOwnRole: boolean
}

/** A subject as bindings name it, with what they give it beside what the cluster was born with. */
export type Holdings = { subject: Subject; bound: BoundRole[] }

export function bondsOf({ clusterWide, byNamespace }: RbacIndex, bootstrap: Bootstrap): Bond[] {
  const known = new Map<Role, boolean>()
  const isOwn = (role: Role) => {
    let own = known.get(role)
    if (own === undefined) known.set(role, (own = bootstrap.isDefaultRole(role)))
    return own
  }
  const bondOf = (bound: BoundRole): Bond => {
    const { binding, role } = bound
    const added = bootstrap.extraSubjects(binding)
    const areAll = added.length === binding.subjects.length
    const subjects = subjectsOf(binding).map(({ subject, written }) => {
      return { subject, key: subjectKey(subject), isAdded: areAll || added.includes(written) }
    })
    return { bound, subjects, isOwnRole: role !== undefined && isOwn(role) }
  }
  return [...clusterWide, ...[...byNamespace.values()].flat()].map(bondOf)
}

/**
 * What each subject holds by itself, without the cluster's own grants. A binding of the cluster's own counts for those subjects that were added to it,
 * and for all of them once its role is not what it was.
 */
export function holdingsOf(bonds: readonly Bond[]): Iterable<Holdings> {
  const found = new Map<string, Holdings>()
  for (const { bound, subjects, isOwnRole } of bonds) {
    if (!bound.role) continue
    for (const { subject, key, isAdded } of subjects) {
      if (isOwnRole && !isAdded) continue
      const known = found.get(key)
      // A binding may name a subject twice, one after the other.
      if (!known) found.set(key, { subject, bound: [bound] })
      else if (known.bound.at(-1) !== bound) known.bound.push(bound)
    }
  }
  return found.values()
}
