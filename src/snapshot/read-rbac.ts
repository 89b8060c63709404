import { inParallel } from '../cluster/in-parallel.ts'
import { decodeBinding, decodeNamespace, decodeRole } from './decode.ts'
import { defaultClusterRole } from './defaults/defaults.ts'
import type { Binding } from './objects.ts'
import { isRefused, type Reader, type Refused } from './reader.ts'
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
  snapshot.clusterRoleBindings = partOf(bindings)
  snapshot.clusterRoles = partOf(roles)
  if (isRefused(bindings)) {
    snapshot.gaps.push({
      what: 'list clusterrolebindings',
      resource: 'clusterrolebindings',
      why: bindings.refused,
      hides: 'every right granted in the whole cluster',
    })
  }
  return isRefused(roles) ? { rolesRefused: roles.refused } : {}
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
  snapshot.roleBindings.push(...partOf(bindings))
  snapshot.roles.push(...partOf(roles))
  if (scope !== '*') {
    if (isRefused(bindings)) snapshot.gaps.push(bindingsGap(bindings.refused, scope))
    if (isRefused(roles)) rolesRefusedIn.set(scope, roles.refused)
    return { rolesRefusedIn }
  }
  // What a bundle has a part of is not there by namespaces either.
  const [bindingsClosed, rolesClosed] = [bindings, roles].map((list) => isRefused(list) && list.part === undefined)
  const namespaces =
    bindingsClosed || rolesClosed ? await reader.list('/api/v1/namespaces', (raw) => decodeNamespace(raw).name) : []
  const isOpen = !isRefused(namespaces)
  if (isRefused(bindings) && !(bindingsClosed && isOpen)) snapshot.gaps.push(bindingsGap(bindings.refused))
  const inside = await inParallel(isOpen ? namespaces : [], async (namespace) => ({
    namespace,
    bindings: bindingsClosed ? await reader.list(`${pathIn(namespace)}/rolebindings`, roleBinding) : [],
    roles: rolesClosed ? await reader.list(`${pathIn(namespace)}/roles`, roleIn) : [],
  }))
  for (const { namespace, ...own } of inside) {
    if (isRefused(own.bindings)) snapshot.gaps.push(bindingsGap(own.bindings.refused, namespace))
    if (isRefused(own.roles)) rolesRefusedIn.set(namespace, own.roles.refused)
    snapshot.roleBindings.push(...partOf(own.bindings))
    snapshot.roles.push(...partOf(own.roles))
  }
  // With the bindings at hand their namespaces are known all the same.
  if (isRefused(roles) && !(rolesClosed && isOpen))
    for (const binding of snapshot.roleBindings) rolesRefusedIn.set(binding.namespace ?? '', roles.refused)
  return { rolesRefusedIn }
}

/** The roles that bindings name, read one by one where they could not be listed; then Kubernetes' defaults, marked as assumed. */
export async function readMissingRoles(
  reader: Reader,
  snapshot: Snapshot,
  refused: { clusterRoles?: string | undefined; rolesIn: Map<string, string> },
): Promise<void> {
  const wanted = new Map<string, Binding>()
  const known = new Set(snapshot.clusterRoles.map(({ name }) => name))
  const knownIn = new Set(snapshot.roles.map(({ namespace, name }) => `${namespace}/${name}`))
  for (const binding of [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]) {
    const { kind, name } = binding.roleRef
    if (kind === 'ClusterRole' && refused.clusterRoles !== undefined && !known.has(name)) wanted.set(name, binding)
    const inNamespace = `${binding.namespace}/${name}`
    if (kind === 'Role' && refused.rolesIn.has(binding.namespace ?? '') && !knownIn.has(inNamespace))
      wanted.set(inNamespace, binding)
  }
  const read = await inParallel([...wanted.values()], async (binding) => ({
    binding,
    role: await reader.get(rolePath(binding), binding.roleRef.kind === 'Role' ? roleIn : clusterRole),
  }))
  for (const { binding, role } of read) {
    const { namespace, roleRef } = binding
    const isRole = roleRef.kind === 'Role'
    if (!isRefused(role)) {
      if (role) (isRole ? snapshot.roles : snapshot.clusterRoles).push(role)
      continue
    }
    snapshot.gaps.push(
      roleGap(isRole ? 'roles' : 'clusterroles', roleRef.name, role.refused, isRole ? namespace : undefined),
    )
    const assumed = isRole ? undefined : await defaultClusterRole(roleRef.name)
    if (!assumed) continue
    snapshot.clusterRoles.push(assumed)
    snapshot.assumedRoles.push(roleRef.name)
  }
}

function rolePath({ namespace = '', roleRef: { kind, name } }: Binding): string {
  return kind === 'Role'
    ? `${pathIn(namespace)}/roles/${encodeURIComponent(name)}`
    : `${base}/clusterroles/${encodeURIComponent(name)}`
}

function partOf<T>(list: T[] | Refused<T>): T[] {
  return isRefused(list) ? (list.part ?? []) : list
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
