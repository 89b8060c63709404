import type { Recorded as PlanEntry } from '../../change/journal/journal.ts'
import type { Change, Edit, Json, Plan } from '../../change/plan.ts'
import { irreversibleOf } from '../../change/preview.ts'
import { isTakenBack, stepsOf } from '../../change/progress-of-run.ts'
import type { ChangeOfRun, PlanOfRun } from './model.ts'
import type { Records } from './records.ts'

type Fields = { [key: string]: Json }

/** The plans of a run with what became of each change, in the order in which they were begun. Pure. */
export function plansOf({ journal, plans }: Records): PlanOfRun[] {
  return journal.entries.flatMap((entry): PlanOfRun[] => {
    if (entry.type !== 'plan') return []
    const { planId: plan, step, digest, destroys } = entry
    const head = { plan, step, digest, destroys, changes: [], irreversible: [] }
    const known = plans.get(plan)
    if (!known) {
      const isOver = journal.entries.some((one) => one.type === 'done' && one.planId === plan)
      const notes = isOver ? ['this machine has no journal of it any more'] : []
      return [{ ...head, state: isOver ? 'unknown' : 'not-begun', inForce: isOver, notes }]
    }
    const begin = 'chain' in known ? known.chain.entries[0] : undefined
    if (!('chain' in known) || begin?.type !== 'begin') {
      const why = 'why' in known ? known.why : (known.chain.broken?.why ?? 'its first line was never finished')
      return [{ ...head, state: 'unknown', inForce: true, notes: [`its journal cannot be read: ${why}`] }]
    }
    return [{ ...head, ...planOf(begin.plan, known.chain.entries) }]
  })
}

function planOf(plan: Plan, entries: readonly PlanEntry[]): Omit<PlanOfRun, 'plan' | 'step' | 'digest' | 'destroys'> {
  const last = entries.at(-1)
  const reports = stepsOf(plan, entries)
  return {
    state: last?.type === 'end' ? last.state : 'unfinished',
    inForce: !isTakenBack(plan, entries, false),
    user: plan.user.name,
    changes: plan.changes.map((change, index) => changeOf(change, reports[index], entries)),
    irreversible: irreversibleOf(plan),
    notes: plan.notes,
  }
}

function changeOf(
  change: Change,
  report: ReturnType<typeof stepsOf>[number] | undefined,
  entries: readonly PlanEntry[],
): ChangeOfRun {
  const result = entries.findLast((entry) => entry.type === 'result' && entry.change === change.id)
  const { why: note, left } = report ?? {}
  return {
    change: change.id,
    do: change.do,
    ref: report?.ref ?? change.ref,
    why: change.why,
    state: report?.state ?? 'planned',
    ...(note !== undefined && { note }),
    ...(result && { at: result.at }),
    ...(change.temporary ? { temporary: true as const } : shownOf(change)),
    ...(left !== undefined && { left }),
  }
}

/** Of the object no more than the change is about: a report goes to many people. */
export function shownOf(change: Change): { before?: Fields; after?: Fields } {
  const { apiVersion, kind, namespace, name } = change.ref
  const head: Fields = { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } }
  if (change.do === 'create') return { after: withoutEnv(change.body) as Fields }
  if (change.do === 'scale')
    return {
      before: { ...head, spec: { replicas: change.before } },
      after: { ...head, spec: { replicas: change.after } },
    }
  if (change.do === 'subresource') {
    const { name: called, image = null } = change.container
    return { before: head, after: { ...head, spec: { ephemeralContainers: [{ name: called, image }] } } }
  }
  if (change.do !== 'patch') return {}
  const [before, after] = [structuredClone(head), structuredClone(head)]
  for (const edit of change.edits) {
    const [was, is] = valuesOf(edit)
    if (was !== undefined) put(before, edit.path, was)
    if (is !== undefined) put(after, edit.path, is)
  }
  return { before: withoutEnv(before) as Fields, after: withoutEnv(after) as Fields }
}

// Of a list no more than the item is known: what else is in it stays.
const others = '… (and others, as they are)'

function valuesOf(edit: Edit): [Json | undefined, Json | undefined] {
  if (!('item' in edit)) return [edit.before, edit.after]
  const [without, having] = [[others], [others, edit.item]]
  return edit.how === 'add' ? [without, having] : [having, without]
}

// Two edits may be of one list.
function put(object: Fields, path: readonly string[], value: Json): void {
  let at = object
  for (const key of path.slice(0, -1)) {
    const found = Object.hasOwn(at, key) ? at[key] : undefined
    const inner: Fields = typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {}
    set(at, key, inner)
    at = inner
  }
  const key = path.at(-1) ?? ''
  const found = Object.hasOwn(at, key) ? at[key] : undefined
  set(at, key, Array.isArray(found) && Array.isArray(value) ? [...new Set([...found, ...value])] : value)
}

// A name may be __proto__.
function set(object: Fields, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
}

/** What an environment variable is set to may be a secret whatever its name is; where it comes from is none. */
function withoutEnv(value: Json, key = ''): Json {
  if (Array.isArray(value)) return value.map((one) => withoutEnv(one, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isValue = key === 'env' && name === 'value' && typeof inner === 'string'
      return [name, isValue ? '***' : withoutEnv(inner, name)]
    }),
  )
}
