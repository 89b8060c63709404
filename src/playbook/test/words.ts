import { type Change, type Json, type Plan } from '../../change/plan.ts'
import { pinIn } from '../actions/values.ts'
import { textOf } from '../actions/targets.ts'
import type { Args, Pinned } from '../model.ts'

/** A value as a test has it: objects of the cluster are `Pod shop/web-0`, whatever their uids. Pure. */
export function valueText(value: Json): Json {
  if (Array.isArray(value)) return value.map(valueText)
  const pin = pinIn(value)
  if (pin) return textOf(pin)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, valueText(entry)]))
}

/** The values of a call. Pure. */
export function valuesText(args: Args): Record<string, Json> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, valueText(value)]))
}

/** What undo of a plan does, the last change first, and what it does not bring back. Pure. */
export function undoTexts({ id, changes }: Plan, destroys: readonly Pinned[]): { undo: string[]; lost: string[] } {
  // The id is another one each time.
  const of = ({ ref: { kind, namespace, name } }: Change) =>
    textOf({ kind, ...(namespace !== undefined && { namespace }), name }).replaceAll(id, '*')
  const lasting = changes.filter(({ temporary }) => !temporary).toReversed()
  const undo = lasting.flatMap((change): string[] => {
    switch (change.do) {
      case 'create':
        return [`delete ${of(change)}`]
      case 'patch':
        return [`restore ${of(change)}`]
      case 'delete':
        return [`create ${of(change)}`]
      case 'scale':
        return [`scale ${of(change)} to ${change.before}`]
      case 'evict':
      case 'subresource':
        return []
    }
  })
  const kept = lasting.flatMap((change) =>
    change.do === 'evict' ? [of(change)] : change.do === 'subresource' ? [`a container in ${of(change)}`] : [],
  )
  return { undo, lost: [...new Set([...destroys.map(textOf), ...kept])].toSorted() }
}
