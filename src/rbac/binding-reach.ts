import type { ResourceQuery } from './query.ts'

/**
 * How far a RoleBinding's grant reaches a real request. The authorizer, asked with a namespace, says yes for any
 * resource; but a request for a cluster-scoped resource carries no namespace, so the grant is dead. The exceptions,
 * each seen on a real server (docs/rbac.md): a request for one Namespace carries its name as namespace; `bind` on
 * clusterroles and `use` are checked in the namespace of the object being written.
 */
export type Reach = 'namespace' | 'own-namespace' | 'none'

/** The name that a real request carries: a deletecollection never has one, whatever selector it comes with. */
export function requestName({ verb, name }: ResourceQuery): string | undefined {
  return verb === 'deletecollection' ? undefined : name
}

export function roleBindingReach(query: ResourceQuery): Reach {
  if (query.namespaced !== false) return 'namespace'
  const { group, resource, subresource, verb } = query
  if (group === '' && resource === 'namespaces') {
    const plain = subresource === '' || subresource === 'status' || subresource === 'finalize'
    return plain && !['create', 'list', 'deletecollection'].includes(verb) ? 'own-namespace' : 'none'
  }
  if (verb === 'bind' && group === 'rbac.authorization.k8s.io' && resource === 'clusterroles') return 'namespace'
  return verb === 'use' ? 'namespace' : 'none'
}
