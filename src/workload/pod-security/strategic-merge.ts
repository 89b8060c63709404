import { type Edit, type Json, makeEdit } from './edit.ts'
import type { Path, Raw } from './field.ts'

type JsonObject = { [key: string]: Json }

/** Lists whose entries a strategic merge patch meets by their name. Source: patchMergeKey in k8s.io/api/core/v1. */
const byName = new Set(['containers', 'initContainers', 'ephemeralContainers', 'volumes'])

/**
 * The edits of an object as a strategic merge patch, with the fields that say which object it is for: what kustomize takes as a
 * patch file. Undefined where nothing is to be done. A field that goes is null; of other lists the whole is given anew.
 */
export function strategicMerge(object: Raw, edits: readonly Edit[]): JsonObject | undefined {
  const draft = structuredClone(object)
  const paths = edits.filter((edit) => makeEdit(draft, edit)).map(({ path }) => path)
  if (paths.length === 0) return undefined
  const { metadata, ...patch } = mergeOf(draft, paths) as JsonObject
  const { name, namespace } = (object['metadata'] ?? {}) as Raw
  const identity = definedIn({ name, namespace })
  return {
    ...definedIn({ apiVersion: object['apiVersion'], kind: object['kind'] }),
    metadata: { ...identity, ...(metadata as JsonObject | undefined) },
    ...patch,
  }
}

function mergeOf(after: unknown, paths: readonly Path[], key?: string | number): Json {
  if (after === undefined) return null
  if (paths.some((path) => path.length === 0)) return after as Json
  const keys = [...new Set(paths.map(([first]) => first ?? ''))]
  const inner = (part: string | number) => {
    const value = Object.hasOwn(after as Raw, part) ? (after as Raw)[part] : undefined
    return mergeOf(
      value,
      paths.filter(([first]) => first === part).map(([, ...rest]) => rest),
      part,
    )
  }
  if (!Array.isArray(after)) return Object.fromEntries(keys.map((part) => [part, inner(part)]))
  if (typeof key !== 'string' || !byName.has(key) || !haveNames(after)) return [{ $patch: 'replace' }, ...after]
  // All are named, in their order: the API server takes over that of the patch, and kustomize puts those of the patch first.
  return (after as { name: string }[]).map(({ name }, index) => {
    return { name, ...(keys.includes(index) ? (inner(index) as JsonObject) : {}) }
  })
}

function haveNames(entries: unknown[]): boolean {
  const names = entries.map((entry) => (entry as Raw | null)?.['name'])
  return new Set(names).size === names.length && names.every((name) => typeof name === 'string' && name !== '')
}

function definedIn(fields: Raw): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject
}
