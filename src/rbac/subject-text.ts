import { SecureError } from '../errors.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { unescapeFromTerminal } from '../text/terminal.ts'

/** A subject in the notation that commands print and take: sa:NS/NAME, user:NAME, group:NAME. */
export function formatSubject({ kind, name, namespace }: Subject): string {
  if (kind === 'ServiceAccount') return `sa:${namespace ?? ''}/${name}`
  return `${kind === 'User' ? 'user' : 'group'}:${name}`
}

export type TypedSubject = Subject | { kind: 'Pod'; namespace: string; name: string }

/**
 * Reads sa:NS/NAME, user:NAME, group:NAME or pod:NS/NAME, with `\u{hex}` for characters that answers show so.
 * Throws SecureError('usage').
 */
export function parseSubject(text: string): TypedSubject {
  const typed = unescapeFromTerminal(text)
  const colon = typed.indexOf(':')
  const prefix = typed.slice(0, Math.max(colon, 0))
  const rest = typed.slice(colon + 1)
  if ((prefix === 'user' || prefix === 'group') && rest !== '') {
    return { kind: prefix === 'user' ? 'User' : 'Group', name: rest }
  }
  if (prefix === 'sa' || prefix === 'pod') {
    // RBAC takes any text for the namespace of a subject, but no slash in its name.
    const slash = rest.lastIndexOf('/')
    const [namespace, name] = [rest.slice(0, Math.max(slash, 0)), rest.slice(slash + 1)]
    if (namespace && name) {
      return { kind: prefix === 'sa' ? 'ServiceAccount' : 'Pod', namespace, name }
    }
  }
  throw new SecureError('usage', `"${typed}" is not a subject`, {
    hint: 'write sa:NAMESPACE/NAME, user:NAME, group:NAME or pod:NAMESPACE/NAME',
  })
}

/** The subject that a typed one acts as: a pod is its service account. Throws SecureError where the pod is not known. */
export function resolveSubject(typed: TypedSubject, snapshot: Snapshot): Subject {
  if (typed.kind !== 'Pod') return typed
  const pod = snapshot.pods.find(({ namespace, name }) => namespace === typed.namespace && name === typed.name)
  if (pod) return { kind: 'ServiceAccount', namespace: pod.namespace, name: pod.serviceAccount }
  const gap = snapshot.gaps.find(({ resource }) => resource === 'pods')
  throw new SecureError(
    snapshot.source.kind === 'cluster' ? 'not-found' : 'usage',
    `pod ${typed.namespace}/${typed.name}: ${gap ? gap.why : 'not found'}`,
    {
      hint: 'name its service account instead: sa:NAMESPACE/NAME',
    },
  )
}

/** The service account a typed subject names, to look whether it exists. */
export function accountNamed(typed: TypedSubject): { namespace: string; serviceAccount: string }[] {
  if (typed.kind !== 'ServiceAccount') return []
  return [{ namespace: typed.namespace ?? '', serviceAccount: typed.name }]
}
