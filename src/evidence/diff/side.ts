import type { Fields } from './meaning.ts'
import type { Type } from './areas.ts'

/** How much of a type a bundle knows. */
export type Coverage = {
  /** All objects that there were. */
  isWhole: boolean
  /** Namespaces that all of it is known of, where that of the cluster is not. */
  namespaces: ReadonlySet<string>
  /** Objects that were asked for by name and are not there: `namespace/name`. */
  gone: ReadonlySet<string>
  /** Why it is not all. */
  why: string
}

/** An object as it lies in a bundle. */
export type Found = { type: Type; file: string; raw: Fields }

/** What a bundle has of a cluster, as a diff reads it: in any order, as often as it likes, an object in memory at a time. */
export type Side = {
  types: readonly Type[]
  coverage(type: Type): Coverage
  /** All objects, or those of some files. */
  objects(files?: ReadonlySet<string>): AsyncIterable<Found>
}

export const objectName = (namespace: string, name: string): string => `${namespace}/${name}`

/** Whether an object that a bundle does not have was not there. */
export function isKnownAbsent({ isWhole, namespaces, gone }: Coverage, namespace: string, name: string): boolean {
  return isWhole || namespaces.has(namespace) || gone.has(objectName(namespace, name))
}
