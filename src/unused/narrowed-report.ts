import { refTo } from '../rbac/grants.ts'
import type { ObjectRef } from '../rbac/report.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import type { PolicyRule } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { Narrowed } from './narrow.ts'
import { newDenials } from './replay.ts'
import type { Tally, Use } from './uses.ts'

/** What was allowed, and the narrowed RBAC would refuse. */
export type Denied = Tally & {
  user: string
  groups: string[]
  any: readonly Attributes[]
  holding?: readonly PolicyRule[]
}

export type NarrowedReport = {
  /** Roles and bindings that are written anew, or changed. */
  applied: ObjectRef[]
  /** Bindings that go. */
  removed: ObjectRef[]
  /** The log, replayed against RBAC as it would then be: so many requests that it allows now, and those that it would not allow then. */
  replay: { requests: number; denied: Denied[] }
}

/** What a narrowing changes, and whether it would have refused anything that the log shows. */
export function narrowedReport(snapshot: Snapshot, narrowed: Narrowed, uses: readonly Use[]): NarrowedReport {
  const { replayed, denied } = newDenials(snapshot, narrowed, uses)
  return {
    applied: [...narrowed.roles, ...narrowed.bindings].map(placeOf),
    removed: narrowed.removed.map(placeOf),
    replay: { requests: replayed, denied: denied.map(deniedRow) },
  }
}

function placeOf(object: Parameters<typeof refTo>[0]): ObjectRef {
  const { kind, name, namespace } = refTo(object)
  return { kind, name, ...(namespace !== undefined && { namespace }) }
}

function deniedRow({ holder: { identity }, demand, count, last, at }: Use): Denied {
  const { user = '', groups } = identity
  return { user, groups, any: demand.any, ...(demand.holding && { holding: demand.holding.rules }), count, last, at }
}
