import { neededNamespace } from '../rbac/needs.ts'
import { type Query, resolveQuery, type TypedQuery } from '../rbac/query.ts'
import type { RbacIndex } from '../rbac/rbac-index.ts'
import { admitUnknownType } from '../rbac/unknown-type.ts'
import type { Need } from '../snapshot/from-cluster.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Session } from './session.ts'

/** The snapshot that a typed question needs, with the question as the snapshot's resources make it. */
export async function takeFor(
  session: Session,
  typed: TypedQuery,
  need: Omit<Need, 'roleBindingsOf'>,
): Promise<{ snapshot: Snapshot; index: RbacIndex; query: Query; notes: string[] }> {
  let resolved: { query: Query; notes: string[] } | undefined
  const { snapshot, index } = await session.snapshot((known) => {
    resolved = resolveQuery(typed, known)
    const scope = neededNamespace(resolved.query)
    const named = [...(scope === undefined || scope === '*' ? [] : [{ namespace: scope }]), ...(need.named ?? [])]
    return { ...need, ...(scope === undefined ? {} : { roleBindingsOf: scope }), named }
  })
  if (!resolved) throw new Error('a session always plans')
  admitUnknownType(snapshot, resolved.query)
  return { snapshot, index, query: resolved.query, notes: [...resolved.notes, ...snapshot.notes] }
}
