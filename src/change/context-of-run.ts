import type { Cluster } from '../cluster/cluster.ts'
import { stateOf } from './edits.ts'
import type { Recorded } from './journal/journal.ts'
import type { Context } from './kinds/kind.ts'
import type { Change, Edit, Plan } from './plan.ts'
import { byChange, isFromRecord, isUndone, uidOf } from './progress-of-run.ts'

/** What a kind of change has to know of a run so far; `isOnRecord`: all that is known of it is its record in the cluster. */
export function contextOf(
  cluster: Cluster,
  plan: Plan,
  entries: readonly Recorded[],
  change: Change,
  { isOnRecord = isFromRecord(entries), everything }: { isOnRecord?: boolean; everything?: boolean } = {},
): Context {
  const ours = isOnRecord ? undefined : ourEdits(change, entries)
  const uids = createdUids(plan, entries)
  return {
    cluster,
    planId: plan.id,
    uids,
    ...(isInOwnNamespace(plan, uids, change) && { isInOwnNamespace: true }),
    ...(isOnRecord && { isFromRecord: true }),
    ...(ours && { ours }),
    ...(everything !== undefined && { everything }),
  }
}

function isInOwnNamespace({ changes }: Plan, uids: ReadonlyMap<string, string>, { ref }: Change): boolean {
  const isIts = (one: Change) => one.do === 'create' && one.ref.kind === 'Namespace' && one.ref.name === ref.namespace
  return changes.some((one) => isIts(one) && uids.has(one.id))
}

/** The uids of what the run created, by change. */
export function createdUids(plan: Plan, entries: readonly Recorded[]): Map<string, string> {
  const uids = new Map<string, string>()
  const entriesOn = byChange(entries)
  for (const change of plan.changes) {
    if (change.do !== 'create') continue
    const mine = entriesOn(change)
    // What is for the time of the run alone may be made again, once it is gone: then it is another object.
    const from = change.temporary ? mine.findLastIndex((entry) => isUndone(entry)) + 1 : 0
    const uid = uidOf(change, mine.slice(from))
    if (uid !== undefined) uids.set(change.id, uid)
  }
  return uids
}

/** The edits that were ours to make: those the object did not have yet when it was last written. */
function ourEdits(change: Change, entries: readonly Recorded[]): Edit[] | undefined {
  if (change.do !== 'patch') return undefined
  const intent = entries.findLast(
    (entry) => entry.type === 'intent' && entry.change === change.id && entry.way === 'apply',
  )
  if (intent?.type !== 'intent' || typeof intent.preimage !== 'object' || intent.preimage === null) return undefined
  const preimage = intent.preimage as Record<string, unknown>
  return change.edits.filter((edit) => stateOf(preimage, edit) === 'before')
}
