import type { Right } from '../model.ts'

/** Where rights are needed; what is not known yet is left out, and means all. */
type Where = { namespace?: string | undefined; name?: string | undefined; optional?: true }

/** The rights to do all of these verbs to all of these types: `get list`, `pods pods/log deployments.apps`. */
export function may(verbs: string, types: string, { namespace, name, optional }: Where = {}): Right[] {
  return types.split(' ').flatMap((type) =>
    verbs.split(' ').map((verb): Right => {
      const dot = type.indexOf('.')
      const [path, group] = dot < 0 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)]
      const [resource = '', subresource] = path.split('/')
      return {
        verb,
        group,
        resource,
        ...(subresource !== undefined && { subresource }),
        ...(namespace !== undefined && { namespace }),
        ...(name !== undefined && { name }),
        ...(optional && { optional }),
      }
    }),
  )
}

/** Every right once; what one part does not need and another does is needed. */
export function distinct(rights: readonly Right[]): Right[] {
  const found = new Map<string, Right>()
  for (const right of rights) {
    const { optional, ...bare } = right
    const key = JSON.stringify(bare)
    if (!found.get(key) || !optional) found.set(key, right)
  }
  return [...found.values()]
}

/** What has pods, as it is read. */
export const workloadTypes =
  'deployments.apps statefulsets.apps daemonsets.apps replicasets.apps replicationcontrollers jobs.batch cronjobs.batch'
export const bindingTypes = 'rolebindings.rbac.authorization.k8s.io clusterrolebindings.rbac.authorization.k8s.io'
export const roleTypes = 'roles.rbac.authorization.k8s.io clusterroles.rbac.authorization.k8s.io'
export const policyTypes = 'networkpolicies.networking.k8s.io'
