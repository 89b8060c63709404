import { inParallel } from '../cluster/in-parallel.ts'
import { decodeBinding, decodeNamespace, decodeRole } from './decode.ts'
import { defaultClusterRole } from './defaults/defaults.ts'
import type { Binding } from './objects.ts'
import { isRefused, type Reader } from './reader.ts'
import type { Snapshot } from './snapshot.ts'

const base = '/apis/rbac.authorization.k8s.io/v1'
const clusterRole = (raw: Record<string, unknown>) => decodeRole(raw, 'ClusterRole')
const roleIn = (raw: Record<string, unknown>) => decodeRole(raw, 'Role')
const roleBinding = (raw: Record<string, unknown>) => decodeBinding(raw, 'RoleBinding')

/** ClusterRoles and ClusterRoleBindings, as far as the caller may list them. Undefined roles: they may not. */
export async function readClusterWide(reader: Reader, snapshot: Snapshot): Promise<{ rolesRefused?: string }> {
  const [roles, bindings] = await Promise.all([
    reader.list(`${base}/clusterroles`, clusterRole),
    reader.list(`${base}/clusterrolebindings`, (raw) => decodeBinding(raw, 'ClusterRoleBinding')),
  ])
  if (isRefused(bindings)) {
    snapshot.gaps.push({
      what: 'list clusterrolebindings',
      resource: 'clusterrolebindings',
      why: bindings.refused,
      hides: 'every right granted in the whole cluster',
    })
  } else snapshot.clusterRoleBindings = bindings
  if (isRefused(roles)) return { rolesRefused: roles.refused }
  snapshot.clusterRoles = roles
  return {}
}

/** RoleBindings and Roles of one namespace or (`*`) of all; where all may not be listed at once, one namespace after the other. */
export async function readNamespaced(
  reader: Reader,
  scope: string,
  snapshot: Snapshot,
): Promise<{ rolesRefusedIn: Map<string, string> }> {
  const rolesRefusedIn = new Map<string, string>()
  const [bindings, roles] = await Promise.all([
    reader.list(`${pathIn(scope)}/rolebindings`, roleBinding),
    reader.list(`${pathIn(scope)}/roles`, roleIn),
  ])
  if (!isRefused(bindings)) snapshot.roleBindings.push(...bindings)
  if (!isRefused(roles)) snapshot.roles.push(...roles)
  if (scope !== '*') {
    if (isRefused(bindings)) snapshot.gaps.push(bindingsGap(bindings.refused, scope))
    if (isRefused(roles)) rolesRefusedIn.set(scope, roles.refused)
    return { rolesRefusedIn }
  }
  if (!isRefused(bindings) && !isRefused(roles)) return { rolesRefusedIn }
  const namespaces = await reader.list('/api/v1/namespaces', (raw) => decodeNamespace(raw).name)
  if (isRefused(namespaces)) {
    if (isRefused(bindings)) snapshot.gaps.push(bindingsGap(bindings.refused))
    // With the bindings at hand their namespaces are known all the same.
    if (isRefused(roles))
      for (const binding of snapshot.roleBindings) rolesRefusedIn.set(binding.namespace ?? '', roles.refused)
    return { rolesRefusedIn }
  }
  await inParallel(namespaces, async (namespace) => {
    const here = isRefused(bindings) ? await reader.list(`${pathIn(namespace)}/rolebindings`, roleBinding) : []
    if (isRefused(here)) snapshot.gaps.push(bindingsGap(here.refused, namespace))
    else snapshot.roleBindings.push(...here)
    const own = isRefused(roles) ? await reader.list(`${pathIn(namespace)}/roles`, roleIn) : []
    if (isRefused(own)) rolesRefusedIn.set(namespace, own.refused)
    else snapshot.roles.push(...own)
  })
  return { rolesRefusedIn }
}

/** The roles that bindings name, read one by one where they could not be listed; then Kubernetes' defaults, marked as assumed. */
export async function readMissingRoles(
  reader: Reader,
  snapshot: Snapshot,
  refused: { clusterRoles?: string | undefined; rolesIn: Map<string, string> },
): Promise<void> {
  const wanted = new Map<string, Binding>()
  for (const binding of [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]) {
    const { kind, name } = binding.roleRef
    if (kind === 'ClusterRole' && refused.clusterRoles !== undefined) wanted.set(name, binding)
    if (kind === 'Role' && refused.rolesIn.has(binding.namespace ?? ''))
      wanted.set(`${binding.namespace}/${name}`, binding)
  }
  await inParallel([...wanted.values()], async ({ namespace, roleRef }) => {
    const { kind, name } = roleRef
    if (kind === 'Role') {
      const role = await reader.get(`${pathIn(namespace ?? '')}/roles/${encodeURIComponent(name)}`, roleIn)
      if (isRefused(role)) snapshot.gaps.push(roleGap('roles', name, role.refused, namespace))
      else if (role) snapshot.roles.push(role)
      return
    }
    const role = await reader.get(`${base}/clusterroles/${encodeURIComponent(name)}`, clusterRole)
    if (!isRefused(role)) {
      if (role) snapshot.clusterRoles.push(role)
      return
    }
    snapshot.gaps.push(roleGap('clusterroles', name, role.refused))
    const assumed = await defaultClusterRole(name)
    if (!assumed) return
    snapshot.clusterRoles.push(assumed)
    snapshot.assumedRoles.push(name)
  })
}

function pathIn(scope: string): string {
  return scope === '*' ? base : `${base}/namespaces/${encodeURIComponent(scope)}`
}

function bindingsGap(why: string, namespace?: string) {
  return {
    what: namespace === undefined ? 'list rolebindings in all namespaces' : `list rolebindings in ${namespace}`,
    resource: 'rolebindings',
    ...(namespace === undefined ? {} : { namespace }),
    why,
    hides: namespace === undefined ? 'every right granted in a namespace' : `the rights granted in ${namespace}`,
  }
}

function roleGap(resource: string, name: string, why: string, namespace?: string) {
  return {
    what: `get ${resource}/${name}${namespace === undefined ? '' : ` in ${namespace}`}`,
    resource,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    why,
    hides: 'what its bindings grant',
  }
}
