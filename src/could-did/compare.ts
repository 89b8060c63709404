import type { RequestAttributes } from '../audit-log/event.ts'
import { allowances } from '../rbac/authorize.ts'
import type { Identity } from '../rbac/identity.ts'
import { nodeLimit } from '../rbac/implicit.ts'
import { boundIn, type RbacIndex, subjectFor } from '../rbac/rbac-index.ts'
import { parseReason } from '../rbac/reason.ts'
import type { ObjectRef } from '../rbac/report.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { isNode } from './could.ts'
import type { Asked } from './seen.ts'

/** Why RBAC no longer allows what it, or another authorizer, allowed. */
export type Cause =
  | 'binding-gone'
  | 'no-longer-named' // the binding is there, and has others
  | 'role-changed' // the binding is there and names them, and its role does not have the rule
  | 'not-by-rbac' // another authorizer allowed it
  | 'unknown' // the log does not say what allowed it

/** What somebody asked for, what the authorizer said, and what RBAC says of the same request. */
export type Compared = Asked & {
  now: 'allowed' | 'refused' | 'unknown'
  /** By which binding it was allowed then; and where it no longer is, what became of that. */
  allowedBy?: { binding: ObjectRef; roleRef: { kind: string; name: string } }
  cause?: Cause
}

/** Holds what was asked against RBAC. `index` may have the bindings of this identity alone; `whole` tells what became of others. */
export function compared(
  snapshot: Snapshot,
  { index, whole }: { index: RbacIndex; whole: RbacIndex },
  identity: Identity,
  asked: Asked,
): Compared {
  const now = nowOf(snapshot, index, identity, asked.request)
  const named = asked.reason === undefined ? undefined : parseReason(asked.reason)
  const allowedBy = named && { binding: named.grant.binding, roleRef: named.grant.roleRef }
  return {
    ...asked,
    now,
    ...(allowedBy && { allowedBy }),
    ...(asked.said === 'allowed' && now === 'refused' && { cause: causeOf(whole, identity, asked, allowedBy) }),
  }
}

function nowOf({ gaps }: Snapshot, index: RbacIndex, identity: Identity, request: RequestAttributes): Compared['now'] {
  if (identity.groups.includes('system:masters') || allowances(index, identity, request).length > 0) return 'allowed'
  const query = 'path' in request ? request : { ...request, namespaced: undefined, scope: request.namespace || '*' }
  if (isNode(identity) && nodeLimit(query) !== undefined) return 'unknown'
  return gaps.length > 0 ? 'unknown' : 'refused'
}

function causeOf(index: RbacIndex, identity: Identity, asked: Asked, by: Compared['allowedBy']): Cause {
  if (!by) return asked.reason ? 'not-by-rbac' : 'unknown'
  const { kind, name, namespace = '' } = by.binding
  const found = boundIn(index, namespace).find(({ binding }) => {
    return binding.kind === kind && binding.name === name && (binding.namespace ?? '') === namespace
  })
  if (!found) return 'binding-gone'
  return subjectFor(found.binding, identity) ? 'role-changed' : 'no-longer-named'
}
