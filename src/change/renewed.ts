import type { Engine } from './engine.ts'
import { listJournals, readJournal, type Recorded } from './journal/journal.ts'
import type { Change } from './plan.ts'

/** The uids of what was deleted and made anew by undo, by those that they had before. Pure. */
export function renewedIn(entries: readonly Recorded[]): Map<string, string> {
  const [begin] = entries
  const renewed = new Map<string, string>()
  if (begin?.type !== 'begin') return renewed
  for (const change of begin.plan.changes) {
    const last = entries.findLast((entry) => entry.type === 'result' && entry.change === change.id)
    const isBack = change.do === 'delete' && last?.type === 'result' && last.way === 'undo'
    if (isBack && last.object && last.object.uid !== change.ref.uid) renewed.set(change.ref.uid, last.object.uid)
  }
  return renewed
}

/** The same of all journals on this machine: one plan's undo has made anew what an earlier plan has to be taken back on. */
export async function renewedUids({ stateDir, clusterId }: Engine): Promise<Map<string, string>> {
  const renewed = new Map<string, string>()
  for (const { path } of await listJournals(stateDir, clusterId))
    for (const [before, now] of renewedIn((await readJournal(path)).entries)) renewed.set(before, now)
  return renewed
}

/** A change as it is taken back: of the object that is there by now. Pure. */
export function asRenewed<C extends Change>(change: C, renewed: ReadonlyMap<string, string>): C {
  if (change.do === 'create') return change
  let { uid } = change.ref
  // Each was made once, so no way through them comes round again; journals may say otherwise all the same.
  for (let left = renewed.size; left > 0; left -= 1) uid = renewed.get(uid) ?? uid
  return uid === change.ref.uid ? change : { ...change, ref: { ...change.ref, uid } }
}
