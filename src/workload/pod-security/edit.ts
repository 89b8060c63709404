import { isDeepStrictEqual } from 'node:util'
import type { Path, Raw } from './field.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** A field of an object to be set to a value, or taken away where there is no value. */
export type Edit = { path: Path; value?: Json }

/**
 * What lets a pod pass one check. `risky`: it takes away something that the pod asks for by name, and may need. Otherwise it only
 * forbids what nobody asked for.
 */
export type Fix = { edits: Edit[]; risky: boolean }

/** Edits of a pod as edits of the object that it is in. */
export function editsWithin(prefix: Path, edits: readonly Edit[]): Edit[] {
  return edits.map((edit) => ({ ...edit, path: [...prefix, ...edit.path] }))
}

/** A copy of the object with the edits made. */
export function applyEdits<T extends object>(object: T, edits: readonly Edit[]): T {
  const draft = structuredClone(object)
  for (const edit of edits) makeEdit(draft as Raw, edit)
  return draft
}

/** What an edit did: `path` is where it first made something new. */
export type Made = { how: 'add' | 'replace' | 'remove'; path: Path; value?: Json }

/** Makes an edit in place, with the objects on the way to it that are not there; undefined where there was nothing to do. */
export function makeEdit(draft: Raw, { path, value }: Edit): Made | undefined {
  let at = draft
  for (const [depth, key] of path.entries()) {
    const found = Object.hasOwn(at, key) ? at[key] : undefined
    const isLast = depth === path.length - 1
    if (!isLast && typeof found === 'object' && found !== null) {
      at = found as Raw
    } else if (value === undefined) {
      if (!isLast || !Object.hasOwn(at, key)) return undefined
      delete at[key]
      return { how: 'remove', path }
    } else {
      if (isLast && isDeepStrictEqual(found, value)) return undefined
      const how = Object.hasOwn(at, key) ? 'replace' : 'add'
      const made = path.slice(depth + 1).reduceRight<Json>((inner, part) => ({ [part]: inner }), value)
      at[key] = structuredClone(made)
      return { how, path: path.slice(0, depth + 1), value: made }
    }
  }
  return undefined
}
