import type { Power } from '../model.ts'

export const rbacGroup = 'rbac.authorization.k8s.io'

/** A power over RBAC objects; ClusterRoles and ClusterRoleBindings are of no namespace. */
export function rbacPower(verb: string, resource: string): Power {
  return { verb, group: rbacGroup, resource, subresource: '', namespaced: !resource.startsWith('cluster') }
}
