import type { ResourceQuery } from './query.ts'

/**
 * How far a RoleBinding's grant reaches a real request. The authorizer, asked with a namespace, says yes for any
 * resource; but a request for a cluster-scoped resource carries no namespace, so the grant is dead. The exceptions,
 * each seen on a real server (docs/rbac.md): a request for one Namespace carries its name as namespace; `bind` on
 * clusterroles and `use` are checked in the namespace of the object being written.
 */
export type Reach = 'namespace' | 'own-namespace' | 'none'

/**
 * The names by which a real request is checked, any one of which will do; undefined where it carries none, as a
 * deletecollection never does, whatever its selector. Signers are checked by their domain too
 * (pkg/apis/certificates/authorization, IsAuthorizedForSignerName). Each seen on a real server.
 */
export function checkedNames({ verb, group, resource, name }: ResourceQuery): string[] | undefined {
  if (name === undefined || verb === 'deletecollection') return undefined
  if (group !== 'certificates.k8s.io' || resource !== 'signers') return [name]
  return [name, `${name.split('/', 1)[0]}/*`]
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
