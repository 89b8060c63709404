import type { Actor } from '../audit-log/event.ts'
import type { AuditRequest } from '../audit-log/request.ts'
import type { PolicyRule, RoleRef } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Demand } from './demand.ts'
import { impersonateDemands } from './inferred-identity.ts'
import { rbacDemands } from './inferred-rbac.ts'
import { paramDemands, reviewDemands, signerDemands } from './inferred-bodies.ts'

/** What a request took of somebody, beside the request itself. */
export type Taken = { of: Pick<Actor, 'username' | 'groups'>; demand: Demand }

/** What is known of RBAC and of resources, to make sense of what requests name. A namespace that is empty is none. */
export type Known = Pick<Snapshot, 'resources'> & {
  rulesOf: (ref: { kind: string; name: string; namespace: string }) => readonly PolicyRule[] | undefined
  roleOf: (binding: { namespace: string; name: string }) => RoleRef | undefined
}

/** The same of a snapshot. */
export function knownOf({ resources, roles, clusterRoles, roleBindings, clusterRoleBindings }: Snapshot): Known {
  const rules = new Map(
    [...roles, ...clusterRoles].map((role) => [`${role.kind} ${role.namespace ?? ''}/${role.name}`, role.rules]),
  )
  const refs = new Map(
    [...roleBindings, ...clusterRoleBindings].map(({ namespace = '', name, roleRef }) => [
      `${namespace}/${name}`,
      roleRef,
    ]),
  )
  return {
    ...(resources && { resources }),
    rulesOf: ({ kind, name, namespace }) => rules.get(`${kind} ${kind === 'ClusterRole' ? '' : namespace}/${name}`),
    roleOf: ({ namespace, name }) => refs.get(`${namespace}/${name}`),
  }
}

/**
 * The rights that a request took and that no line says: admission, the registry and the filters ask the authorizer too, and log nothing
 * of it. Each was asked of a real server (docs/unused.md).
 */
export function takenBy(request: AuditRequest, known: Known): Taken[] {
  const { user, impersonatedUser, object } = request
  const actor = impersonatedUser ?? user
  if (!user || !actor) return []
  const taken: Taken[] = impersonatedUser
    ? impersonateDemands(impersonatedUser).map((demand) => ({ of: user, demand }))
    : []
  if (!object || !isSpecial(request)) return taken
  const own = [
    ...createdBy(request),
    ...rbacDemands(request, known),
    ...signerDemands(request),
    ...paramDemands(request, known),
  ]
  return [...taken, ...own.map((demand) => ({ of: actor, demand })), ...reviewDemands(request, actor)]
}

const specialGroups = new Set([
  'rbac.authorization.k8s.io',
  'certificates.k8s.io',
  'admissionregistration.k8s.io',
  'authorization.k8s.io',
])

// Few requests are: all others are passed over at once.
function isSpecial({ object, verb, outcome }: AuditRequest): boolean {
  if (verb !== 'create' && verb !== 'update' && verb !== 'patch') return false
  // What was refused later took nothing that would be missed.
  if (outcome.result !== 'done' && outcome.result !== 'unknown') return false
  return outcome.code === 201 || specialGroups.has(object?.group ?? '')
}

/** An update or a server-side apply that made the object: `create` is asked then, with the name (handlers/update.go and patch.go). */
function createdBy({ verb, object, outcome }: AuditRequest): Demand[] {
  if (!object || outcome.code !== 201 || verb === 'create') return []
  const { group, resource, subresource, namespace, name } = object
  return [{ any: [{ verb: 'create', group, resource, subresource, namespace, name }] }]
}
