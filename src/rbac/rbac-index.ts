import type { Binding, PolicyRule, Role, Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { canonicalSubject } from './identity.ts'

/** A binding with its role looked up once, and its subjects in their canonical form, each beside what was written. */
export type BoundRole = {
  binding: Binding
  /** The role it refers to; absent where that role does not exist or could not be read. */
  role?: Role
  subjects: { subject: Subject; written: Subject }[]
}

/** RBAC objects arranged for questions: built once a snapshot, linear in its size. */
export type RbacIndex = {
  clusterWide: BoundRole[]
  byNamespace: Map<string, BoundRole[]>
  clusterRoles: Role[]
}

export function indexRbac(snapshot: Snapshot): RbacIndex {
  const clusterRoles = new Map(snapshot.clusterRoles.map((role) => [role.name, role]))
  const roles = new Map(snapshot.roles.map((role) => [`${role.namespace}/${role.name}`, role]))
  const bound = (binding: Binding): BoundRole => {
    const { kind, namespace, roleRef } = binding
    // A roleRef of any other kind grants nothing, nor does a Role named by a ClusterRoleBinding: the server refuses both.
    const role =
      roleRef.kind === 'ClusterRole'
        ? clusterRoles.get(roleRef.name)
        : roleRef.kind === 'Role' && kind === 'RoleBinding'
          ? roles.get(`${namespace}/${roleRef.name}`)
          : undefined
    return { binding, ...(role ? { role } : {}), subjects: canonicalSubjects(binding) }
  }
  const byNamespace = new Map<string, BoundRole[]>()
  for (const binding of snapshot.roleBindings) {
    const namespace = binding.namespace ?? ''
    const list = byNamespace.get(namespace)
    if (list) list.push(bound(binding))
    else byNamespace.set(namespace, [bound(binding)])
  }
  return { clusterWide: snapshot.clusterRoleBindings.map(bound), byNamespace, clusterRoles: snapshot.clusterRoles }
}

/** All bound roles that have a say in a namespace; cluster-wide ones first, as the authorizer visits them. */
export function boundIn(index: RbacIndex, namespace: string): BoundRole[] {
  return namespace === '' ? index.clusterWide : [...index.clusterWide, ...(index.byNamespace.get(namespace) ?? [])]
}

/** The namespace a binding grants in, or `*`. */
export function scopeOf(binding: Binding): string {
  return binding.kind === 'ClusterRoleBinding' ? '*' : (binding.namespace ?? '')
}

function canonicalSubjects(binding: Binding): BoundRole['subjects'] {
  const subjects: BoundRole['subjects'] = []
  for (const written of binding.subjects) {
    const subject = canonicalSubject(written, binding.namespace)
    if (subject) subjects.push({ subject, written })
  }
  return subjects
}

export function sameRule(a: PolicyRule, b: PolicyRule): boolean {
  return (
    sameList(a.verbs, b.verbs) &&
    sameList(a.apiGroups, b.apiGroups) &&
    sameList(a.resources, b.resources) &&
    sameList(a.resourceNames, b.resourceNames) &&
    sameList(a.nonResourceURLs, b.nonResourceURLs)
  )
}

function sameList(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index])
}
