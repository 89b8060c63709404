import { type Edit, type FieldEdit, markPrefix } from './plan.ts'
import { isMap } from './record/shape.ts'

const prefix = `${markPrefix}lockdown-`
const path = (planId: string) => ['metadata', 'annotations', `${prefix}${planId}`]
const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z(?: [A-Za-z0-9./-]+)*$/

/**
 * The annotation that a lockdown puts on others' objects of which it rests on some fields: when it was planned, and which. By it a record is
 * believed, and an undo knows what a later lockdown rests on. `fields` are the last keys of their paths.
 */
export function markEdit(planId: string, createdAt: string, fields: readonly string[]): FieldEdit {
  return { path: path(planId), after: [createdAt, ...fields].join(' '), restore: 'always' }
}

/** Whether an edit puts the mark of this plan on an object, as {@link markEdit} does. */
export function isMarkOf(planId: string, edit: Edit): edit is FieldEdit {
  const own = path(planId)
  if ('item' in edit || edit.path.length !== own.length || edit.path.some((key, at) => key !== own[at])) return false
  return edit.before === undefined && typeof edit.after === 'string' && form.test(edit.after)
}

/** Whether an object wears the mark of this plan, or with no plan of any. */
export function isMarked(object: unknown, planId?: string): boolean {
  return marksOf(object).some((mark) => planId === undefined || mark.plan === planId)
}

/** The plan, later than the one whose edits these are, that rests on what an edit would give back; the mark itself goes with the last of them. */
export function laterOn(object: unknown, edits: readonly Edit[]): (edit: Edit) => string | undefined {
  const own = edits.find(({ path: [, , key = ''] }) => key.startsWith(prefix))
  if (!own || 'item' in own || typeof own.after !== 'string') return () => undefined
  const [since = ''] = own.after.split(' ')
  const later = marksOf(object).filter((mark) => mark.since > since)
  const holder = ({ path: at }: Edit) => later.find(({ fields }) => fields.includes(at.at(-1) ?? ''))?.plan
  const first = edits.map(holder).find((plan) => plan !== undefined)
  return (edit) => (edit === own ? first : holder(edit))
}

function marksOf(object: unknown): { plan: string; since: string; fields: string[] }[] {
  const metadata = isMap(object) ? object['metadata'] : undefined
  const annotations = isMap(metadata) ? metadata['annotations'] : undefined
  return Object.entries(isMap(annotations) ? annotations : {}).flatMap(([key, value]) => {
    if (!key.startsWith(prefix) || typeof value !== 'string' || !form.test(value)) return []
    const [since = '', ...fields] = value.split(' ')
    return [{ plan: key.slice(prefix.length), since, fields }]
  })
}
