import { leftOut } from './areas.ts'
import { addedChange, byWeight, changedChange, type Old, oldOf, recreatedChange, removedChange } from './changes.ts'
import { type Index, indexSide, keyOf, type Matched, matchSides } from './match.ts'
import { rbacGroup, rbacOfSides, whyNoRights } from './rbac-of-sides.ts'
import type { ObjectChange, SubjectChange, Unknown } from './report.ts'
import type { Found, Side } from './side.ts'

export type Differences = { unknown: Unknown[]; rights: SubjectChange[]; changes: ObjectChange[]; notes: string[] }

/**
 * What changed from one side to the other, what a responder asks for first in front. Each side is read once for digests of its objects, and once
 * more where something differs: only what differs is ever in memory, as text, and RBAC where that has moved.
 */
export async function differences(before: Side, after: Side): Promise<Differences> {
  const [were, are] = [await indexSide(before), await indexSide(after)]
  const matched = matchSides(before, after, were, are)
  const { added, removed, changed, recreated, unknown } = matched
  const notes = [
    `left out, as they move by themselves: ${[...leftOut].map((type) => type.replace(/^\//, '')).join(', ')}`,
  ]
  const moved = movedRbac(matched, were, are)
  const whyNot = moved.size > 0 ? whyNoRights(before, after) : undefined
  if (whyNot !== undefined) notes.push(`rights are not compared: ${whyNot}`)
  const rbac = moved.size > 0 && whyNot === undefined ? rbacOfSides(moved, notes) : undefined
  const changes: ObjectChange[] = []

  // As text it takes a quarter of the memory.
  const olds = new Map<string, string>()
  const goneOrOld = new Set([...removed, ...changed, ...recreated.values()])
  for await (const found of reading(before, were, goneOrOld, rbac !== undefined)) {
    rbac?.takeBefore(found)
    const key = keyOf(found)
    if (!isMeant(were, goneOrOld, key, found)) continue
    if (removed.has(key)) changes.push(removedChange(found))
    else olds.set(key, JSON.stringify(oldOf(found)))
  }
  const old = (key: string) => JSON.parse(olds.get(key) ?? '{}') as Old
  const newOrNow = new Set([...added, ...changed, ...recreated.keys()])
  for await (const found of reading(after, are, newOrNow, rbac !== undefined)) {
    rbac?.takeAfter(found)
    const key = keyOf(found)
    if (!isMeant(are, newOrNow, key, found)) continue
    const was = recreated.get(key)
    if (was !== undefined) changes.push(recreatedChange(found, old(was)))
    else if (added.has(key)) changes.push(addedChange(found))
    else {
      const change = changedChange(found, old(key))
      if (change) changes.push(change)
    }
  }
  return { unknown, rights: rbac?.changes() ?? [], changes: changes.toSorted(byWeight), notes }
}

async function* reading(side: Side, index: Index, keys: ReadonlySet<string>, withRbac: boolean): AsyncGenerator<Found> {
  const files = new Set<string>()
  for (const [key, { file, type }] of index)
    if (keys.has(key) || (withRbac && type.group === rbacGroup)) files.add(file)
  if (files.size > 0) yield* side.objects(files)
}

// Of an object that was read twice the last reading counts, as in the index.
const isMeant = (index: Index, keys: ReadonlySet<string>, key: string, { file }: Found) =>
  keys.has(key) && index.get(key)?.file === file

function movedRbac({ added, removed, changed, recreated }: Matched, were: Index, are: Index): Set<string> {
  const moved = new Set<string>()
  for (const key of [...added, ...removed, ...changed, ...recreated.keys(), ...recreated.values()]) {
    if ((are.get(key) ?? were.get(key))?.type.group === rbacGroup) moved.add(key.slice(key.indexOf(' ') + 1))
  }
  return moved
}
