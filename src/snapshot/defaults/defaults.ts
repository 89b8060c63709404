import type { ApiResource } from '../../cluster/discovery.ts'
import { decodeBinding, decodeRole } from '../decode.ts'
import type { Binding, Role } from '../objects.ts'

/** The resources a Kubernetes 1.34 server has before any are added: for questions asked without discovery. */
export async function defaultResources(): Promise<ApiResource[]> {
  const { default: resources } = await import('./resources.data.json', { with: { type: 'json' } })
  return resources
}

/** The ClusterRole that Kubernetes 1.34 creates under this name, or undefined. */
export async function defaultClusterRole(name: string): Promise<Role | undefined> {
  const { default: roles } = await import('./cluster-roles.data.json', { with: { type: 'json' } })
  const found = roles.find(({ metadata }) => metadata.name === name)
  return found ? decodeRole(found, 'ClusterRole') : undefined
}

/** What Kubernetes 1.30 to 1.36 and kubeadm create of RBAC: under each name all the rules and subjects that any of them gives it. */
export async function bootstrapRbac(): Promise<{ roles: Role[]; bindings: Binding[] }> {
  const [{ default: clusterRoles }, { default: others }] = await Promise.all([
    import('./cluster-roles.data.json', { with: { type: 'json' } }),
    import('./bootstrap.data.json', { with: { type: 'json' } }),
  ])
  const roles = new Map<string, Role>()
  const bindings: Binding[] = []
  const add = (role: Role) => {
    const key = `${role.kind} ${role.namespace} ${role.name}`
    const known = roles.get(key)
    if (known) known.rules.push(...role.rules)
    else roles.set(key, role)
  }
  for (const raw of clusterRoles) add(decodeRole(raw, 'ClusterRole'))
  for (const raw of others) {
    const { kind } = raw
    if (kind === 'Role' || kind === 'ClusterRole') add(decodeRole(raw, kind))
    else if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') bindings.push(decodeBinding(raw, kind))
  }
  return { roles: [...roles.values()], bindings }
}
