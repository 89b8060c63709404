import { isDeepStrictEqual } from 'node:util'
import type { JsonPatchOp } from '../../../src/cluster/write.ts'

/** RFC 6902 as far as we write it, on a copy; throws where the API server would refuse. */
export function applyPatch(object: unknown, ops: JsonPatchOp[]): unknown {
  const root = { root: structuredClone(object) } as Record<string, unknown>
  for (const { op, path, value } of ops) {
    const keys = [
      'root',
      ...path
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    ]
    const key = keys.pop() as string
    let parent: unknown = root
    for (const part of keys) parent = memberOf(parent, part, path)
    const isThere = Array.isArray(parent) ? Number(key) < parent.length : Object.hasOwn(parent as object, key)
    if (op !== 'add' && !isThere) throw new Error(`${op} ${path}: there is nothing`)
    if (op === 'test') {
      if (!isDeepStrictEqual((parent as never)[key], value)) throw new Error(`test ${path} failed`)
    } else if (Array.isArray(parent)) {
      const index = key === '-' ? parent.length : Number(key)
      if (op === 'add') parent.splice(index, 0, structuredClone(value))
      else if (op === 'remove') parent.splice(index, 1)
      else parent[index] = structuredClone(value)
    } else if (op === 'remove') delete (parent as Record<string, unknown>)[key]
    else (parent as Record<string, unknown>)[key] = structuredClone(value)
  }
  return root['root']
}

function memberOf(parent: unknown, part: string, path: string): unknown {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, part))
    throw new Error(`${path}: no ${part}`)
  return (parent as Record<string, unknown>)[part]
}
