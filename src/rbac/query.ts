import type { ApiResource } from '../cluster/discovery.ts'
import { SecureError } from '../errors.ts'
import type { UrlRequest } from './rule-match.ts'
import { roleBindingReach } from './binding-reach.ts'
import { slashInName } from './slash-in-name.ts'
import { virtualResources } from './virtual-resources.ts'

/** A question about a resource; `scope` is a namespace, `*` for all of them (and for what has no namespace). */
export type ResourceQuery = {
  verb: string
  group: string
  resource: string
  subresource: string
  name?: string
  /** Undefined where nothing is known of the resource. */
  namespaced: boolean | undefined
  scope: string
}
export type Query = ResourceQuery | UrlRequest

export type TypedQuery = {
  verb: string
  target: string
  subresource?: string | undefined
  name?: string | undefined
  namespace: string
  allNamespaces: boolean
}

/**
 * What the user typed, as a question to the authorizer, with notes on how it was read. Nothing is refused because
 * discovery does not know it: rules and reviews take any word.
 * Throws SecureError('usage') for what has no meaning at all.
 */
export function resolveQuery(typed: TypedQuery, known: ApiResource[]): { query: Query; notes: string[] } {
  const { verb, target } = typed
  if (verb === '') throw usage('the verb is empty')
  if (target.startsWith('/')) {
    if (typed.subresource !== undefined || typed.name !== undefined)
      throw usage('a URL takes no --subresource and no --name')
    if (isResourcePath(target)) {
      throw usage(`"${target}" is a request for a resource, whatever rules say of URLs: ask with VERB RESOURCE`)
    }
    return { query: { verb, path: target }, notes: [] }
  }
  const slash = target.indexOf('/')
  const type = slash < 0 ? target : target.slice(0, slash)
  const rest = slash < 0 ? undefined : target.slice(slash + 1)
  if (type === '' || type.startsWith('.') || rest === '')
    throw usage(`"${target}" is neither RESOURCE[.GROUP][/NAME] nor a /URL`)
  if (typed.namespace === '*') throw usage('"*" is no namespace: -A asks in all of them')
  const notes: string[] = verbNotes(verb)
  const found = findResource(type, known, notes)
  const { subresource, name } = splitRest(found, type, rest, typed, notes)
  const { group, resource, namespaced } = found
  if (found.verbs && name?.includes('/')) throw slashInName(type, name, found.subresources)
  if (found.verbs && subresource === '' && !found.verbs.includes(verb) && !ruleVerbs.has(verb)) {
    notes.push(`"${verb}" is no verb of ${resource}: those are ${found.verbs.join(', ')}`)
  }
  if (resource === 'pods' && verb === 'create' && ['exec', 'attach', 'portforward'].includes(subresource)) {
    notes.push(`get on pods/${subresource} opens it too before Kubernetes 1.35 (by WebSocket): ask for both`)
  }
  const asked = { verb, group, resource, subresource, ...(name === undefined ? {} : { name }), namespaced }
  // Where a RoleBinding has a say in what is cluster-scoped (bind, use), the namespace counts.
  const isInside = roleBindingReach({ ...asked, scope: '*' }) === 'namespace'
  return { query: { ...asked, scope: typed.allNamespaces || !isInside ? '*' : typed.namespace }, notes }
}

// Below the version of an API the server asks about resources (apiserver, endpoints/request/requestinfo.go).
function isResourcePath(path: string): boolean {
  const [prefix, ...parts] = path.split('/').filter((part) => part !== '')
  return (prefix === 'api' && parts.length >= 2) || (prefix === 'apis' && parts.length >= 3)
}

// Verbs that only rules know, and no request to a resource has.
const ruleVerbs = new Set(['*', 'use', 'bind', 'escalate', 'impersonate', 'approve', 'sign', 'attest'])

type Found = {
  group: string
  resource: string
  namespaced: boolean | undefined
  subresources: string[]
  verbs?: string[]
}

function findResource(type: string, known: ApiResource[], notes: string[]): Found {
  const dot = type.indexOf('.')
  const word = dot < 0 ? type : type.slice(0, dot)
  const suffix = dot < 0 ? undefined : type.slice(dot + 1)
  if (word === '*') return { group: suffix ?? '*', resource: '*', namespaced: undefined, subresources: [] }
  for (const group of groupsOf(suffix)) {
    const match = matchKnown(word, group, known)
    if (match) return { ...match, subresources: subresourcesOf(match) }
    const virtual = virtualResources.find((entry) => entry.resource === word && (group ?? entry.group) === entry.group)
    if (virtual) return { group: virtual.group, resource: virtual.resource, namespaced: false, subresources: [] }
  }
  notes.push(
    suffix === undefined
      ? `no resource "${word}" is known; asked as it is, in the core group (RESOURCE.GROUP names another)`
      : `no resource "${type}" is known; asked as it is, in the group "${groupsOf(suffix)[0]}"`,
  )
  return { group: groupsOf(suffix)[0] ?? '', resource: word, namespaced: undefined, subresources: [] }
}

// kubectl takes RESOURCE.GROUP and RESOURCE.VERSION.GROUP; a version in front of a group is dropped, RBAC has none.
function groupsOf(suffix: string | undefined): (string | undefined)[] {
  if (suffix === undefined) return [undefined]
  const versioned = /^v\d+(?:(?:alpha|beta)\d+)?(?:\.(.*))?$/.exec(suffix)
  return versioned ? [versioned[1] ?? '', suffix] : [suffix]
}

// The server's order decides between groups, the core group first; a plural beats a short name of the same letters.
function matchKnown(word: string, group: string | undefined, known: ApiResource[]): ApiResource | undefined {
  const within = group === undefined ? known : known.filter((entry) => entry.group === group)
  const lower = word.toLowerCase()
  return (
    within.find(({ resource }) => resource === word) ??
    within.find(({ resource, singular }) => resource === lower || singular === lower) ??
    within.find(({ shortNames, kind }) => shortNames.includes(lower) || kind.toLowerCase() === lower)
  )
}

function splitRest(found: Found, type: string, rest: string | undefined, typed: TypedQuery, notes: string[]) {
  const named = typed.name === undefined ? undefined : nonEmpty(typed.name, '--name')
  if (rest === undefined) return { subresource: typed.subresource ?? '', name: named }
  if (typed.subresource !== undefined && named !== undefined) {
    throw usage(`"${typed.target}", --subresource and --name do not go together: one of them says it twice`)
  }
  if (typed.subresource !== undefined) return { subresource: typed.subresource, name: rest }
  const isSubresource = found.resource === '*' || found.resource === 'userextras' || found.subresources.includes(rest)
  if (named !== undefined) {
    if (!isSubresource) notes.push(`"${rest}" is read as a subresource, since --name gives the name`)
    return { subresource: rest, name: named }
  }
  if (!isSubresource) return { subresource: '', name: rest }
  if (found.resource !== '*' && found.resource !== 'userextras') {
    notes.push(`"${type}/${rest}" is read as the subresource; --name ${rest} asks for an object of that name`)
  }
  return { subresource: rest, name: undefined }
}

function verbNotes(verb: string): string[] {
  const lower = verb.toLowerCase()
  return verb === lower ? [] : [`verbs are case-sensitive: "${verb}" is asked as it is, and is not "${lower}"`]
}

function nonEmpty(value: string, flag: string): string {
  if (value === '') throw usage(`${flag} is empty`)
  return value
}

function subresourcesOf({ group, resource, subresources }: ApiResource): string[] {
  return group === '' && resource === 'nodes' ? [...subresources, ...kubeletSubresources] : subresources
}

function usage(message: string): SecureError {
  return new SecureError('usage', message, { hint: 'see kubectl secure who-can --help' })
}

// The kubelet's own authorizer asks for subresources of nodes that discovery does not list (kubelet server/auth.go).
const kubeletSubresources = ['metrics', 'stats', 'log', 'spec', 'checkpoint', 'configz', 'healthz', 'pods']
