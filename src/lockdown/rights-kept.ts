import { appliesTo, identityOf } from '../rbac/identity.ts'
import type { Subject } from '../snapshot/objects.ts'
import { type ControlPlane, runsCluster } from './rights-system.ts'

/** Who carries the lockdown out, as the API server knows them. */
export type Responder = { name: string; groups: readonly string[] }

/** Why a subject keeps what bindings give it, whatever they give; undefined: it may be taken. */
export function keptWhy(subject: Subject, responder: Responder, plane: ControlPlane): string | undefined {
  const why = runsCluster(subject, plane)
  if (why !== undefined) return why
  const { kind, name } = subject
  const identity = identityOf({ kind: 'User', name: responder.name }, [...responder.groups])
  if (!appliesTo(subject, identity)) return undefined
  // Whoever is allowed everything anyway cannot be locked out by what is everybody's.
  const isBroad = kind === 'Group' && ['system:authenticated', 'system:serviceaccounts'].includes(name)
  if (isBroad && responder.groups.includes('system:masters')) return undefined
  return kind === 'Group' ? 'you are in this group: you would lock yourself out' : 'it is you'
}
