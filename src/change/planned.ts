import { isDeepStrictEqual } from 'node:util'
import { isItemEdit } from './edits.ts'
import type { Change, Edit, ObjectRef } from './plan.ts'

type Raw = Record<string, unknown>

/**
 * The objects as a plan would leave them: pure, and the objects that no change is about are the very same ones. What is not
 * among the objects is left out; scaling, evictions and ephemeral containers change nothing that a question here is asked of.
 */
export function applyChanges(objects: readonly Raw[], changes: readonly Change[]): Raw[] {
  const byObject = Map.groupBy(changes, ({ ref }) => keyOf(ref))
  const created: Raw[] = []
  const after = objects.flatMap((object): Raw[] => {
    let found: Raw | undefined = object
    for (const change of byObject.get(keyOfObject(object)) ?? []) {
      if (change.do === 'delete') found = undefined
      else if (change.do === 'patch') found = found && change.edits.reduce(edited, found)
    }
    return found ? [found] : []
  })
  for (const change of changes) if (change.do === 'create') created.push(change.body)
  return [...after, ...created]
}

function edited(object: Raw, edit: Edit): Raw {
  return withValue(object, edit.path, (found) => {
    if (!isItemEdit(edit)) return edit.after
    const list: unknown[] = Array.isArray(found) ? found : []
    const others = list.filter((entry) => !isDeepStrictEqual(entry, edit.item))
    return edit.how === 'add' ? [...others, edit.item] : others
  })
}

// Copies what is on the way to the field, and nothing else: worlds are large.
function withValue(object: Raw, [key = '', ...rest]: string[], change: (found: unknown) => unknown): Raw {
  const found = Object.hasOwn(object, key) ? object[key] : undefined
  const inner = typeof found === 'object' && found !== null ? (found as Raw) : {}
  const value = rest.length === 0 ? change(found) : withValue(inner, rest, change)
  const entries = Object.entries(object).filter(([other]) => other !== key)
  return Object.fromEntries(value === undefined ? entries : [...entries, [key, value]])
}

function keyOf({ apiVersion, kind, namespace, name }: Omit<ObjectRef, 'resource'>): string {
  return JSON.stringify([apiVersion, kind, namespace ?? '', name])
}

function keyOfObject(object: Raw): string {
  const { apiVersion, kind, metadata } = object as { apiVersion?: unknown; kind?: unknown; metadata?: Raw }
  return JSON.stringify([apiVersion, kind, metadata?.['namespace'] ?? '', metadata?.['name']])
}
