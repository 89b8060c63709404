import { type Edit, type Json, makeEdit } from './edit.ts'
import type { Path, Raw } from './field.ts'

/** RFC 6902. */
export type JsonPatchOp = { op: 'test' | 'add' | 'replace'; path: string; value: Json } | { op: 'remove'; path: string }

/**
 * The JSON Patch that makes the edits in an object as it was read. Entries of lists are met by their place, so each is first
 * tested for its name: on an object whose lists have changed since, the patch fails as a whole.
 */
export function jsonPatch(object: object, edits: readonly Edit[]): JsonPatchOp[] {
  const draft = structuredClone(object) as Raw
  const tests = new Map<string, JsonPatchOp>()
  const ops: JsonPatchOp[] = []
  for (const edit of edits) {
    const made = makeEdit(draft, edit)
    if (!made) continue
    for (const test of testsOn(draft, made.path)) tests.set(test.path, test)
    const path = pointer(made.path)
    ops.push(made.how === 'remove' ? { op: made.how, path } : { op: made.how, path, value: made.value ?? null })
  }
  return [...tests.values(), ...ops]
}

function testsOn(object: Raw, path: Path): JsonPatchOp[] {
  const tests: JsonPatchOp[] = []
  let at: unknown = object
  for (const [depth, part] of path.entries()) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) break
    at = (at as Raw)[part]
    if (typeof part !== 'number' || typeof at !== 'object' || at === null) continue
    const entry = at as Raw
    const key = ['name', 'containerPort'].find((name) => Object.hasOwn(entry, name))
    if (key) tests.push({ op: 'test', path: pointer([...path.slice(0, depth + 1), key]), value: entry[key] as Json })
  }
  return tests
}

/** RFC 6901. */
function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
