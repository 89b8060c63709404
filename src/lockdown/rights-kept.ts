import { appliesTo, identityOf } from '../rbac/identity.ts'
import type { Subject } from '../snapshot/objects.ts'

/** Who carries the lockdown out, as the API server knows them. */
export type Responder = { name: string; groups: readonly string[] }

/** Why a subject keeps what bindings give it, whatever they give; undefined: it may be taken. */
export function keptWhy(subject: Subject, responder: Responder): string | undefined {
  const { kind, name, namespace } = subject
  if (kind === 'Group' && name === 'system:masters')
    return 'the API server allows this group everything, without asking RBAC'
  if (kind === 'Group' && name === 'system:nodes') return 'nodes are in it'
  if (kind === 'User' && name.startsWith('system:node:')) return 'it is a node'
  if (kind === 'User' && /^system:(?:kube-|apiserver$)/.test(name)) return 'the control plane acts as it'
  if (kind === 'ServiceAccount' && namespace === 'kube-system') return 'what runs the cluster acts as it'
  const identity = identityOf({ kind: 'User', name: responder.name }, [...responder.groups])
  if (!appliesTo(subject, identity)) return undefined
  // Whoever is allowed everything anyway cannot be locked out by what is everybody's.
  const isBroad = kind === 'Group' && ['system:authenticated', 'system:serviceaccounts'].includes(name)
  if (isBroad && responder.groups.includes('system:masters')) return undefined
  return kind === 'Group' ? 'you are in this group: you would lock yourself out' : 'it is you'
}
