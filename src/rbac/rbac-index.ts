import type { Binding, PolicyRule, Role, Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { appliesTo, canonicalSubject, type Identity } from './identity.ts'

/** A binding with its role looked up once; no role where that does not exist or could not be read. */
export type BoundRole = { binding: Binding; role: Role | undefined }

/** RBAC objects arranged for questions: built once a snapshot, linear in its size. */
export type RbacIndex = {
  clusterWide: BoundRole[]
  byNamespace: Map<string, BoundRole[]>
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
    return { binding, role }
  }
  const byNamespace = new Map<string, BoundRole[]>()
  for (const binding of snapshot.roleBindings) {
    const namespace = binding.namespace ?? ''
    const list = byNamespace.get(namespace)
    if (list) list.push(bound(binding))
    else byNamespace.set(namespace, [bound(binding)])
  }
  return { clusterWide: snapshot.clusterRoleBindings.map(bound), byNamespace }
}

/** All bound roles that have a say in a namespace; cluster-wide ones first, as the authorizer visits them. */
export function boundIn(index: RbacIndex, namespace: string): BoundRole[] {
  return namespace === '' ? index.clusterWide : [...index.clusterWide, ...(index.byNamespace.get(namespace) ?? [])]
}

/** The namespace a binding grants in, or `*`. */
export function scopeOf(binding: Binding): string {
  return binding.kind === 'ClusterRoleBinding' ? '*' : (binding.namespace ?? '')
}

/** A binding's subjects in their canonical form, each beside what was written; those that stand for nobody are left out. */
export function subjectsOf(binding: Binding): { subject: Subject; written: Subject }[] {
  return binding.subjects.flatMap((written) => {
    const subject = canonicalSubject(written, binding.namespace)
    return subject ? [{ subject, written }] : []
  })
}

/** The subject of a binding that stands for this identity, as written; undefined where none does. */
export function subjectFor(binding: Binding, identity: Identity): Subject | undefined {
  return binding.subjects.find((written) => {
    const subject = canonicalSubject(written, binding.namespace)
    return subject && appliesTo(subject, identity)
  })
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
