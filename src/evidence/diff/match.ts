import { hash } from 'node:crypto'
import { leftOut, type Type, typeKey } from './areas.ts'
import { fieldsAt, meaningOf, textAt } from './meaning.ts'
import type { Unknown } from './report.ts'
import { type Found, isKnownAbsent, objectName, type Side } from './side.ts'

/** An object in an index: what it is, where it lies, and a digest of what it means. */
export type Indexed = { type: Type; namespace: string; name: string; file: string; digest: string }
/** By type and uid. */
export type Index = Map<string, Indexed>

/** What there is to tell, by type and uid: each key is in one of them. */
export type Matched = {
  added: Set<string>
  removed: Set<string>
  changed: Set<string>
  /** The key after, and the one before, of objects of one name. */
  recreated: Map<string, string>
  unknown: Unknown[]
}

/** An object without a uid is one by its name, as servers of their own kind have them. */
export function keyOf({ type, raw }: Found): string {
  const metadata = fieldsAt(raw['metadata'])
  const uid = textAt(metadata['uid'])
  return `${typeKey(type)} ${uid === '' ? objectName(textAt(metadata['namespace']), textAt(metadata['name'])) : uid}`
}

/** Reads a side once: of each object a digest stays. */
export async function indexSide(side: Side): Promise<Index> {
  const index: Index = new Map()
  for await (const found of side.objects()) {
    const { type, file, raw } = found
    if (leftOut.has(typeKey(type))) continue
    const { namespace, name } = fieldsAt(raw['metadata'])
    const digest = hash('sha256', JSON.stringify(meaningOf(raw, type)), 'base64')
    index.set(keyOf(found), { type, namespace: textAt(namespace), name: textAt(name), file, digest })
  }
  return index
}

/** Compares what two sides have: by uid, and where that is another one by name. What one of them does not know is unknown, and no difference. */
export function matchSides(before: Side, after: Side, were: Index, are: Index): Matched {
  const unknown = unknownTypes(before, after)
  const changed = new Set<string>()
  const missing = (one: Index, other: Index, lacking: Side, side: 'before' | 'after') => {
    const found = new Set<string>()
    const spaces = namespacesOf(lacking, other)
    for (const [key, { type, namespace, name, digest }] of one) {
      const same = other.get(key)
      if (same) {
        if (same.digest !== digest) changed.add(key)
      } else if (isKnownAbsent(lacking.coverage(type), namespace, name) || spaces?.has(namespace) === false)
        found.add(key)
      else {
        const entry = unknown.get(`${side} ${typeKey(type)}`)
        if (entry) entry.objects++
      }
    }
    return found
  }
  const removed = missing(were, are, after, 'after')
  const added = missing(are, were, before, 'before')
  const recreated = new Map<string, string>()
  const byName = new Map([...removed].map((key) => [nameKey(were, key), key]))
  for (const key of added) {
    const was = byName.get(nameKey(are, key))
    if (was === undefined || !removed.delete(was)) continue
    added.delete(key)
    recreated.set(key, was)
  }
  return { added, removed, changed, recreated, unknown: [...unknown.values()] }
}

/** All namespaces of a side, where they are known: in others there was nothing. */
function namespacesOf(side: Side, index: Index): Set<string> | undefined {
  if (!side.coverage({ group: '', resource: 'namespaces' }).isWhole) return undefined
  const names = [...index.values()].flatMap(({ type, name }) => (typeKey(type) === '/namespaces' ? name : []))
  // Objects outside of namespaces are in none of them.
  return new Set([...names, ''])
}

function nameKey(index: Index, key: string): string {
  const { type, namespace, name } = index.get(key) as Indexed
  return `${typeKey(type)} ${objectName(namespace, name)}`
}

function unknownTypes(before: Side, after: Side): Map<string, Unknown> {
  const unknown = new Map<string, Unknown>()
  const types = new Map([...before.types, ...after.types].map((type) => [typeKey(type), type]))
  for (const key of [...types.keys()].toSorted()) {
    const type = types.get(key)
    if (!type || leftOut.has(key)) continue
    for (const [side, name] of [
      [before, 'before'],
      [after, 'after'],
    ] as const) {
      const { isWhole, why } = side.coverage(type)
      if (!isWhole) unknown.set(`${name} ${key}`, { ...type, in: name, why, objects: 0 })
    }
  }
  return unknown
}
