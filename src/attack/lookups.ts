import type { Role } from '../snapshot/objects.ts'
import { indexBy } from './index-by.ts'
import type { SecretState } from '../snapshot/cluster-state.ts'
import type { AttackWorld } from './model.ts'

/** What rules look up in a world, each arranged once. */
export type Lookups = {
  clusterRoles: Map<string, Role>
  rolesIn: Map<string, Role[]>
  /** A ClusterRole that grants everything: whoever may bind any, binds this. */
  fullRole: Role | undefined
  /** Every namespace that is known, by itself or by what is in it. */
  namespaces: string[]
  /** The namespaces where an account of this name is known, by itself or by a binding. */
  namespacesWithAccount(name: string): string[]
  /** The namespaces of whose accounts a binding names all (`system:serviceaccounts:NAMESPACE`). */
  namespacesWithGroup: string[]
  namespacesWithSecret(name: string): string[]
  /** The names of secrets that are tokens of a service account. */
  tokenSecretsIn: Map<string, string[]>
  /** Whether a namespace may have secrets that are not known. */
  areSecretsUnread(namespace: string): boolean
}

const known = new WeakMap<AttackWorld, Lookups>()

export function lookupsOf(world: AttackWorld): Lookups {
  let lookups = known.get(world)
  if (!lookups) known.set(world, (lookups = gather(world)))
  return lookups
}

function gather(world: AttackWorld): Lookups {
  const { snapshot, state } = world
  const full = snapshot.clusterRoles.filter(grantsEverything)
  const secrets = indexBy(state.secrets, nameOf, namespaceOf)
  const accounts = accountsByName(world)
  const unread = new Set(state.gaps.filter(({ resource }) => resource === 'secrets').map(({ namespace }) => namespace))
  const isFromFiles = snapshot.source.kind === 'files'
  return {
    clusterRoles: new Map(snapshot.clusterRoles.map((role) => [role.name, role])),
    rolesIn: indexBy(snapshot.roles, namespaceOf, (role) => role),
    fullRole: full.find(({ name }) => name === 'cluster-admin') ?? full[0],
    namespaces: namespacesOf(world),
    namespacesWithAccount: (name) => [...(accounts.get(name) ?? [])],
    namespacesWithGroup: accountGroups(world),
    namespacesWithSecret: (name) => secrets.get(name) ?? [],
    tokenSecretsIn: indexBy(state.secrets.filter(isToken), namespaceOf, nameOf),
    areSecretsUnread: (namespace) => isFromFiles || unread.has(undefined) || unread.has(namespace),
  }
}

/** Whether a secret is a token of a service account, as far as is known. */
export function isToken({ serviceAccount, type }: SecretState): boolean {
  return serviceAccount !== undefined && (type === undefined || type === 'kubernetes.io/service-account-token')
}

function nameOf({ name }: { name: string }): string {
  return name
}

function namespaceOf({ namespace = '' }: { namespace?: string }): string {
  return namespace
}

function namespacesOf({ state, index }: AttackWorld): string[] {
  const namespaces = new Set(state.namespaces.map(nameOf))
  for (const namespace of index.byNamespace.keys()) namespaces.add(namespace)
  for (const { namespace } of state.accounts) namespaces.add(namespace)
  for (const { namespace } of state.pods) namespaces.add(namespace)
  return [...namespaces]
}

function accountsByName({ snapshot, state }: AttackWorld): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const add = (namespace: string | undefined, name: string) => {
    if (namespace === undefined) return
    const namespaces = found.get(name)
    if (namespaces) namespaces.add(namespace)
    else found.set(name, new Set([namespace]))
  }
  for (const { namespace, name } of state.accounts) add(namespace, name)
  for (const { namespace, subjects } of [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]) {
    for (const subject of subjects) {
      if (subject.kind === 'ServiceAccount') add(subject.namespace ?? namespace, subject.name)
    }
  }
  return found
}

const groupPrefix = 'system:serviceaccounts:'

function accountGroups({ snapshot }: AttackWorld): string[] {
  const found = new Set<string>()
  for (const { subjects } of [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]) {
    for (const { kind, name } of subjects) {
      if (kind === 'Group' && name.startsWith(groupPrefix)) found.add(name.slice(groupPrefix.length))
    }
  }
  return [...found]
}

function grantsEverything({ rules }: Role): boolean {
  return rules.some(
    ({ verbs, apiGroups, resources, resourceNames }) =>
      resourceNames.length === 0 && verbs.includes('*') && apiGroups.includes('*') && resources.includes('*'),
  )
}
