import { bootstrapOf } from '../attack/bootstrap.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Grant } from './world.ts'

/**
 * Finds the grants of the control plane to itself, and those that everybody has by default: what they do not use says nothing of anybody. By what
 * role and binding hold: a name is no proof.
 */
export async function systemGrants(snapshot: Snapshot): Promise<(grant: Grant) => boolean> {
  const { isDefaultRole, extraSubjects } = await bootstrapOf(snapshot)
  const bindings = [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]
  const extra = new Set(bindings.flatMap(extraSubjects))
  return ({ bound: { role }, written }) => role !== undefined && isDefaultRole(role) && !extra.has(written)
}
