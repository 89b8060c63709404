import { aggregationSources } from '../rbac/aggregation.ts'
import { canonicalSubject, serviceAccountUser, subjectKey } from '../rbac/identity.ts'
import { sameRule, subjectsOf } from '../rbac/rbac-index.ts'
import { bootstrapRbac } from '../snapshot/defaults/defaults.ts'
import type { Binding, Role, Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { ruleParts } from './rule-parts.ts'

/** The cluster's own RBAC, recognised by content: nothing is its own by its name alone. */
export type Bootstrap = {
  /** Whether a role is what is created under its name: no rule beside those, save what others add to it by aggregation (`addedBy`). */
  isDefaultRole(role: Role): boolean
  /** Whether a binding is one that is created: of its role, and with no subject beside its own. */
  isDefaultBinding(binding: Binding): boolean
  /** The subjects of a binding, as written, that it is not created with: all of them, where it is none of the cluster's own. */
  extraSubjects(binding: Binding): Subject[]
  /** ClusterRoles that are not the cluster's own and add their rules to this one by aggregation. */
  addedBy(role: Role): Role[]
  /** Keys (subjectKey) of subjects that hold rights by the cluster's own bindings to its own roles alone: the control plane's. */
  systemSubjects: Set<string>
  notes: string[]
}

const known = { from: 30, to: 36 }

/**
 * Recognises what API servers and kubeadm create. A server that is upgraded adds what its roles lack and takes nothing away
 * (pkg/registry/rbac/reconciliation), so the rules of every version that is known count; `version` only tells whether it is one of them.
 */
export async function bootstrapOf(snapshot: Snapshot, version?: string): Promise<Bootstrap> {
  const { roles, bindings } = await bootstrapRbac()
  const defaults = new Map(roles.map((role) => [keyOf(role), { role, parts: undefined as Set<string> | undefined }]))
  const subjects = new Map(
    bindings.map((binding) => [
      bindingKey(binding),
      new Set(subjectsOf(binding).map(({ subject }) => subjectKey(subject))),
    ]),
  )
  // Most bindings are called as none of those is.
  const names = new Set(bindings.map(({ name }) => name))
  const ownSubjects = (binding: Binding) => (names.has(binding.name) ? subjects.get(bindingKey(binding)) : undefined)
  const isOwn = new Map<Role, boolean>()

  const isDefaultRole = (role: Role): boolean => {
    const found = isOwn.get(role)
    if (found !== undefined) return found
    // A role that is aggregated from itself, by others, is nobody's default: this ends the circle.
    isOwn.set(role, false)
    const judged = judge(role)
    isOwn.set(role, judged)
    return judged
  }
  const judge = (role: Role): boolean => {
    const own = defaults.get(keyOf(role))
    if (!own || JSON.stringify(role.aggregation) !== JSON.stringify(own.role.aggregation)) return false
    const parts = (own.parts ??= new Set(own.role.rules.flatMap((rule) => [...ruleParts(rule)])))
    const isOfDefault = (rule: Role['rules'][number]) => ruleParts(rule).every((part) => parts.has(part))
    const left = role.rules.filter((rule) => !isOfDefault(rule))
    if (left.length === 0) return true
    const added = addedBy(role).flatMap((source) => source.rules)
    return left.every((rule) => added.some((other) => sameRule(rule, other)))
  }
  const addedBy = (role: Role): Role[] => {
    const found = new Set(aggregationSources(role, snapshot.clusterRoles))
    for (const source of found) for (const next of aggregationSources(source, snapshot.clusterRoles)) found.add(next)
    return [...found].filter((source) => source !== role && !isDefaultRole(source))
  }
  const extraSubjects = (binding: Binding): Subject[] => {
    const own = ownSubjects(binding)
    if (!own) return binding.subjects
    return binding.subjects.filter((written) => {
      const subject = canonicalSubject(written, binding.namespace)
      return subject !== undefined && !own.has(subjectKey(subject))
    })
  }
  const isDefaultBinding = (binding: Binding) =>
    ownSubjects(binding) !== undefined && extraSubjects(binding).length === 0

  return {
    isDefaultRole,
    isDefaultBinding,
    extraSubjects,
    addedBy,
    systemSubjects: systemSubjects(snapshot, {
      isDefaultRole,
      extraSubjects,
      isNamedAsOwn: (one) => names.has(one.name),
    }),
    notes: notesOn(version),
  }
}

function systemSubjects(
  { clusterRoles, roles, clusterRoleBindings, roleBindings }: Snapshot,
  {
    isDefaultRole,
    extraSubjects,
    isNamedAsOwn,
  }: Pick<Bootstrap, 'isDefaultRole' | 'extraSubjects'> & { isNamedAsOwn(binding: Binding): boolean },
): Set<string> {
  const bindings = [...clusterRoleBindings, ...roleBindings]
  const bound = new Set(bindings.filter(isNamedAsOwn).map(({ roleRef }) => roleRef.name))
  // A role that is not there, or could not be read, makes nobody more than the cluster made them.
  const changed = new Set(
    [...clusterRoles, ...roles].filter((role) => bound.has(role.name) && !isDefaultRole(role)).map(keyOf),
  )
  const addedBy = (binding: Binding): Subject[] => {
    if (!isNamedAsOwn(binding)) return binding.subjects
    const { kind, name } = binding.roleRef
    const isChanged = changed.has(`${kind} ${kind === 'Role' ? binding.namespace : ''}/${name}`)
    return isChanged ? binding.subjects : extraSubjects(binding)
  }
  const system = new Set<string>()
  const names = new Set<string>()
  for (const binding of bindings) {
    const added = addedBy(binding)
    if (added === binding.subjects) continue
    for (const { subject, written } of subjectsOf(binding)) {
      if (added.includes(written)) continue
      system.add(subjectKey(subject))
      // As which it may be written elsewhere.
      names.add(subject.name).add(serviceAccountUser(subject.namespace ?? '', subject.name))
    }
  }
  for (const binding of bindings) {
    if (!binding.subjects.some(({ name }) => names.has(name))) continue
    const added = new Set(addedBy(binding))
    for (const { subject, written } of subjectsOf(binding)) if (added.has(written)) system.delete(subjectKey(subject))
  }
  return system
}

function notesOn(version: string | undefined): string[] {
  if (version === undefined) return []
  const [major, minor] = version.split('.').map(Number)
  if (major === 1 && minor !== undefined && minor >= known.from && minor <= known.to) return []
  return [
    `Kubernetes ${version}: its own roles and bindings are recognised by those of 1.${known.from} to 1.${known.to}; what is its own may be taken for somebody's`,
  ]
}

function keyOf({ kind, namespace = '', name }: Role): string {
  return `${kind} ${namespace}/${name}`
}

function bindingKey({ kind, namespace = '', name, roleRef }: Binding): string {
  return JSON.stringify([kind, namespace, name, roleRef.kind, roleRef.name])
}
