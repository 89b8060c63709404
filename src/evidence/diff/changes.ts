import type { Json } from '../../bundle/entry.ts'
import { areaOf, areas } from './areas.ts'
import { claimOfChanged, claimOfNew } from './claims.ts'
import { factsOf } from './facts.ts'
import { fieldChanges } from './fields.ts'
import { fieldsAt, meaningOf, textAt } from './meaning.ts'
import type { Claim, ObjectChange } from './report.ts'
import type { Found } from './side.ts'

/** What stays in memory of an object until its other state is read. */
export type Old = { uid: string; meaning: Json }

export function oldOf({ type, raw }: Found): Old {
  return { uid: textAt(fieldsAt(raw['metadata'])['uid']), meaning: meaningOf(raw, type) }
}

export function removedChange(found: Found): ObjectChange {
  return { ...headOf(found, 'removed'), facts: factsOf(found.raw, found.type), fields: [] }
}

export function addedChange(found: Found): ObjectChange {
  const claimed = claimOfNew(fieldsAt(found.raw['metadata']))
  return { ...headOf(found, 'added'), facts: factsOf(found.raw, found.type), fields: [], ...claim(claimed) }
}

/** Undefined where nothing differs but the order of fields. */
export function changedChange(found: Found, old: Old): ObjectChange | undefined {
  const fields = fieldChanges(old.meaning, meaningOf(found.raw, found.type))
  if (fields.length === 0) return undefined
  const claimed = claimOfChanged(fieldsAt(found.raw['metadata']), fields)
  const isWritten = fields.some(({ path }) => path[0] === 'metadata' && path[1] === 'resourceVersion')
  const facts = isWritten ? ['it was written to; its values are not collected'] : []
  return { ...headOf(found, 'changed'), facts, fields, ...claim(claimed) }
}

/** Another object of the same name: how it differs, if it does. */
export function recreatedChange(found: Found, old: Old): ObjectChange {
  const fields = fieldChanges(old.meaning, meaningOf(found.raw, found.type))
  const claimed = claimOfNew(fieldsAt(found.raw['metadata']))
  const facts = factsOf(found.raw, found.type)
  return { ...headOf(found, 'recreated'), uidBefore: old.uid, facts, fields, ...claim(claimed) }
}

const claim = (claimed: Claim | undefined) => (claimed ? { claimed } : {})

function headOf({ type, raw }: Found, change: ObjectChange['change']) {
  const metadata = fieldsAt(raw['metadata'])
  const [namespace, uid] = [textAt(metadata['namespace']), textAt(metadata['uid'])]
  const place = { ...(namespace !== '' && { namespace }), name: textAt(metadata['name']), ...(uid !== '' && { uid }) }
  return { area: areaOf(type), change, object: { ...type, ...place } }
}

/** What a responder asks for first in front, then by type and name. */
export function byWeight(one: ObjectChange, other: ObjectChange): number {
  const byArea = areas.indexOf(one.area) - areas.indexOf(other.area)
  if (byArea !== 0) return byArea
  const [left, right] = [placeOf(one), placeOf(other)]
  return left < right ? -1 : left > right ? 1 : 0
}

function placeOf({ object: { group, resource, namespace, name, uid } }: ObjectChange): string {
  return [group, resource, namespace ?? '', name, uid ?? ''].join('\0')
}
