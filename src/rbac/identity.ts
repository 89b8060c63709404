import type { Subject } from '../snapshot/objects.ts'

/** Who a request comes from, as the authorizer sees it. A group alone (no user) is a member of which nothing else is known. */
export type Identity = { user?: string; groups: string[] }

const serviceAccountPrefix = 'system:serviceaccount:'

export function serviceAccountUser(namespace: string, name: string): string {
  return `${serviceAccountPrefix}${namespace}:${name}`
}

/** The service account behind a user name, or undefined. Source: apiserver, serviceaccount.SplitUsername. */
export function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined
  const [namespace, name, ...rest] = user.slice(serviceAccountPrefix.length).split(':')
  if (!namespace || !name || rest.length > 0) return undefined
  return isLabel(namespace) && isSubdomain(name) ? { namespace, name } : undefined
}

// A name that no service account can have is a user like any other, and gets none of their groups.
const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?'
const wholeLabel = new RegExp(`^${label}$`)
const wholeSubdomain = new RegExp(`^${label}(?:\\.${label})*$`)

function isLabel(text: string): boolean {
  return text.length <= 63 && wholeLabel.test(text)
}

function isSubdomain(text: string): boolean {
  return text.length <= 253 && wholeSubdomain.test(text)
}

/** The groups the authenticator gives every service account of a namespace (serviceaccount.MakeGroupNames, and `authenticated`). */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
}

/**
 * The identity a subject acts as. A user gets the groups the API server itself adds, and those the caller knows of;
 * a group stands for membership in it alone.
 */
export function identityOf(subject: Subject, groups: string[] = []): Identity {
  if (subject.kind === 'Group') return { groups: [subject.name, ...groups] }
  if (subject.kind === 'ServiceAccount') {
    const namespace = subject.namespace ?? 'default'
    return {
      user: serviceAccountUser(namespace, subject.name),
      groups: [...new Set([...serviceAccountGroups(namespace), ...groups])],
    }
  }
  const account = serviceAccountOf(subject.name)
  if (account) return identityOf({ kind: 'ServiceAccount', ...account }, groups)
  const own = subject.name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return { user: subject.name, groups: [...new Set([...groups, own])] }
}

/**
 * The one form of a binding's subject: a service account written as a User is that service account, and one without
 * a namespace is of the binding's (in a ClusterRoleBinding: of none, so nobody; undefined).
 * Source: pkg/registry/rbac/validation/rule.go, appliesToUser.
 */
export function canonicalSubject(subject: Subject, bindingNamespace: string | undefined): Subject | undefined {
  if (subject.kind === 'ServiceAccount') {
    if (subject.namespace !== undefined) return subject
    const namespace = bindingNamespace
    return namespace === undefined ? undefined : { kind: 'ServiceAccount', name: subject.name, namespace }
  }
  const account = subject.kind === 'User' ? serviceAccountOf(subject.name) : undefined
  return account ? { kind: 'ServiceAccount', name: account.name, namespace: account.namespace } : subject
}

/** Whether a (canonical) subject stands for this identity. */
export function appliesTo(subject: Subject, identity: Identity): boolean {
  if (subject.kind === 'Group') return identity.groups.includes(subject.name)
  if (subject.kind === 'User') return identity.user === subject.name
  return identity.user === serviceAccountUser(subject.namespace ?? '', subject.name)
}

export function subjectKey(subject: Subject): string {
  return `${subject.kind}\0${subject.namespace ?? ''}\0${subject.name}`
}
