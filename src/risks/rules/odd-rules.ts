import type { ApiResource } from '../../cluster/discovery.ts'
import type { PolicyRule } from '../../snapshot/objects.ts'

/** What is known of types, for telling whether a rule names one: undefined of what may be there all the same. */
export type KnownTypes = {
  /** The groups that have a resource of this name. */
  groupsOf: Map<string, Set<string>>
  groups: Set<string>
  /** Whether there is a namespaced one, and whether there is one that is not. */
  scopes: Map<string, { namespaced: boolean; cluster: boolean }>
}

export function knownTypes(resources: readonly ApiResource[]): KnownTypes {
  const known: KnownTypes = { groupsOf: new Map(), groups: new Set(), scopes: new Map() }
  for (const { group, resource, namespaced } of resources) {
    known.groups.add(group)
    const groups = known.groupsOf.get(resource) ?? new Set()
    known.groupsOf.set(resource, groups.add(group))
    const key = `${group}/${resource}`
    const scopes = known.scopes.get(key) ?? { namespaced: false, cluster: false }
    known.scopes.set(key, namespaced ? { ...scopes, namespaced: true } : { ...scopes, cluster: true })
  }
  return known
}

const knownVerbs = new Set([
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'escalate',
  'impersonate',
])

/**
 * What of a rule grants nothing, as sentences; each was seen on a real API server (docs/rbac.md). `isClusterWide` tells whether any
 * ClusterRoleBinding holds the role, `isBound` whether anything does.
 */
export function oddities(
  rule: PolicyRule,
  types: KnownTypes | undefined,
  { isBound, isClusterWide }: { isBound: boolean; isClusterWide: boolean },
): string[] {
  const { apiGroups, resources, resourceNames, nonResourceURLs } = rule
  const found: string[] = []
  const add = (text: string) => void found.push(text)
  for (const verb of rule.verbs) {
    const lower = verb.toLowerCase()
    if (verb !== lower && knownVerbs.has(lower)) add(`the verb ${verb} is none: verbs are written in lower case`)
  }
  for (const entry of resources) {
    if (entry === '') add('the resource "" is none, and not all of them')
    if (entry.endsWith('/*')) add(`${entry} is no wildcard for subresources: it matches nothing`)
    if (entry !== entry.toLowerCase()) add(`the resource ${entry} is none: resources are written in lower case`)
  }
  if (resources.length > 0 && apiGroups.length === 0) add('it names no API group: the core group is ""')
  if (resourceNames.length > 0) found.push(...unnamed(rule))
  for (const url of nonResourceURLs) {
    const star = url.indexOf('*')
    if (star >= 0 && star < url.replace(/\*+$/, '').length) add(`${url}: a * that is not at the end is no wildcard`)
  }
  if (nonResourceURLs.length > 0 && isBound && !isClusterWide)
    add('URLs are granted by ClusterRoleBindings alone, and none refers to the role')
  if (types) found.push(...misplaced(rule, types, isBound && !isClusterWide))
  return [...new Set(found)]
}

// What carries no name is never allowed by a rule that asks for one; a server-side apply creates under a name, by patch.
function unnamed({ verbs, resources, resourceNames }: PolicyRule): string[] {
  if (resourceNames.includes('') || verbs.includes('*')) return []
  const found: string[] = []
  const isPlain = resources.some((entry) => !entry.includes('/'))
  if (verbs.includes('create') && isPlain && !verbs.includes('patch') && !verbs.includes('impersonate'))
    found.push('create carries no name, so resourceNames refuse it')
  if (verbs.includes('deletecollection')) found.push('deletecollection carries no name, so resourceNames refuse it')
  return found
}

function misplaced({ apiGroups, resources }: PolicyRule, types: KnownTypes, isInNamespaces: boolean): string[] {
  // A group that is not known may have anything.
  if (apiGroups.includes('*') || !apiGroups.every((group) => types.groups.has(group))) return []
  return resources.flatMap((entry) => {
    const [resource = ''] = entry.split('/')
    const groups = types.groupsOf.get(resource)
    if (!groups) return []
    const here = apiGroups.filter((group) => groups.has(group))
    if (here.length === 0) {
      const where = [...groups].map((group) => (group === '' ? 'the core group' : group)).join(', ')
      return [`${entry} are not of the API groups that it names, but of ${where}`]
    }
    // The Namespace itself is within reach of a RoleBinding in it (docs/rbac.md).
    const isOut =
      resource !== 'namespaces' && here.every((group) => !types.scopes.get(`${group}/${resource}`)?.namespaced)
    return isInNamespaces && isOut
      ? [`${entry} are of no namespace: only a ClusterRoleBinding grants them, and none refers to the role`]
      : []
  })
}
