import { isDeepStrictEqual } from 'node:util'
import type { ApiObject, JsonPatchOp } from '../cluster/write.ts'
import { jsonPointer } from '../cluster/write.ts'
import { laterOn } from './lockdown-mark.ts'
import { type Edit, type ItemEdit, type Json, quarantineLabelPrefix } from './plan.ts'
import type { Foreign } from './reports.ts'

type Raw = { [key: string]: unknown }
export type EditState = 'before' | 'after' | 'foreign'

/** Where a field stands: as the plan found it, as the plan leaves it, or as somebody else made it. */
export function stateOf(object: Raw, edit: Edit): EditState {
  const found = valueAt(object, edit.path)
  if (isItemEdit(edit)) {
    const isIn = indexOfItem(found, edit.item) >= 0
    return isIn === (edit.how === 'add') ? 'after' : 'before'
  }
  const { before, after } = edit
  // To the letter first: where nothing means a default of its own (automountServiceAccountToken), false is not the same as nothing.
  if (isDeepStrictEqual(found, after)) return 'after'
  if (isDeepStrictEqual(found, before)) return 'before'
  if (isEmpty(found) && isEmpty(after)) return 'after'
  return isEmpty(found) && isEmpty(before) ? 'before' : 'foreign'
}

/** The JSON Patch that carries the edits out on the object as it was read, and on no later one. Empty: nothing to do. */
export function applyOps(object: ApiObject, edits: Edit[]): JsonPatchOp[] {
  const open = edits.filter((edit) => stateOf(object, edit) === 'before')
  return guarded(
    object,
    open.map((edit) => (isItemEdit(edit) ? edit : { path: edit.path, value: edit.after })),
  )
}

export type UndoOps = { ops: JsonPatchOp[]; left: Omit<Foreign, 'ref'>[] }

/** The JSON Patch that gives back what is still ours; what is not, or not yet to be given back, is in `left`. */
export function undoOps(object: ApiObject, edits: Edit[], planLabel: string, everything: boolean): UndoOps {
  const left: UndoOps['left'] = []
  const isQuarantined = Object.keys(object.metadata['labels'] ?? {}).some(
    (key) => key.startsWith(quarantineLabelPrefix) && key !== planLabel,
  )
  const holderOf = laterOn(object, edits)
  const leave = (edit: Edit, how: Foreign['how'], why: string) => {
    const found = valueAt(object, edit.path) as Json | undefined
    const expected = isItemEdit(edit) ? undefined : edit.after
    left.push({
      path: edit.path,
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found }),
      how,
      why,
    })
    return false
  }
  const ours = edits.filter((edit) => {
    const state = stateOf(object, edit)
    if (state === 'before') return false
    const later = holderOf(edit)
    if (later !== undefined)
      return leave(edit, 'held', `lockdown ${later} came later and rests on it: undo again once that one is undone`)
    if (state === 'foreign') return leave(edit, 'foreign', 'somebody else has changed it since')
    if (edit.restore === 'unquarantined' && isQuarantined) {
      return leave(edit, 'held', 'another plan quarantines the object: undo again once that one is undone')
    }
    if (edit.restore === 'on-request' && !everything) {
      return leave(
        edit,
        'on-request',
        'its controller would adopt the object again, and may delete it: --restore-ownership gives it back',
      )
    }
    return true
  })
  const steps = ours.map((edit) =>
    isItemEdit(edit)
      ? { ...edit, how: edit.how === 'add' ? ('remove' as const) : ('add' as const) }
      : { path: edit.path, value: edit.before },
  )
  return { ops: guarded(object, steps), left }
}

type Step = { path: string[]; value: Json | undefined } | ItemEdit

function guarded(object: ApiObject, steps: Step[]): JsonPatchOp[] {
  const { uid, resourceVersion } = object.metadata
  // Ops are carried out one after the other: parents are made, and lists shift, as they go.
  const draft = structuredClone(object) as Raw
  const ops = steps.flatMap((step) => ('item' in step ? itemOps(draft, step) : fieldOps(draft, step.path, step.value)))
  if (ops.length === 0) return []
  return [
    { op: 'test', path: '/metadata/uid', value: uid },
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    ...ops,
  ]
}

function fieldOps(draft: Raw, path: string[], value: Json | undefined): JsonPatchOp[] {
  const ops: JsonPatchOp[] = []
  const parent = openParent(draft, path, ops)
  const key = path.at(-1) ?? ''
  if (value !== undefined) {
    ops.push({ op: Object.hasOwn(parent, key) ? 'replace' : 'add', path: jsonPointer(path), value })
    // A copy: items that are added to the draft later are steps of their own, and not of this one.
    parent[key] = structuredClone(value)
  } else if (Object.hasOwn(parent, key)) {
    ops.push({ op: 'remove', path: jsonPointer(path) })
    delete parent[key]
  }
  return ops
}

function itemOps(draft: Raw, { path, item, how }: ItemEdit): JsonPatchOp[] {
  const ops: JsonPatchOp[] = []
  const parent = openParent(draft, path, ops)
  const key = path.at(-1) ?? ''
  const list = parent[key]
  if (how === 'add') {
    if (!Array.isArray(list)) return [...ops, ...fieldOps(draft, path, [item])]
    list.push(item)
    return [...ops, { op: 'add', path: `${jsonPointer(path)}/-`, value: item }]
  }
  const index = indexOfItem(list, item)
  if (!Array.isArray(list) || index < 0) return []
  list.splice(index, 1)
  return [{ op: 'remove', path: jsonPointer([...path, index]) }]
}

function openParent(draft: Raw, path: string[], ops: JsonPatchOp[]): Raw {
  let at = draft
  for (const [depth, key] of path.slice(0, -1).entries()) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined
    if (typeof next === 'object' && next !== null) {
      at = next as Raw
      continue
    }
    ops.push({ op: 'add', path: jsonPointer(path.slice(0, depth + 1)), value: {} })
    const made: Raw = {}
    at[key] = made
    at = made
  }
  return at
}

export function isItemEdit(edit: Edit): edit is ItemEdit {
  return 'item' in edit
}

export function valueAt(object: unknown, path: string[]): unknown {
  let at = object
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Raw)[key]
  }
  return at
}

function indexOfItem(list: unknown, item: Json): number {
  return Array.isArray(list) ? list.findIndex((entry) => isDeepStrictEqual(entry, item)) : -1
}

// A server leaves out false, empty lists and empty maps where a field's type lets it.
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
