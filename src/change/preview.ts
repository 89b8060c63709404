import { inParallel } from '../cluster/in-parallel.ts'
import type { ApiObject } from '../cluster/write.ts'
import { SecureError } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { Context, Looked, Write } from './kinds/kind.ts'
import { kindOf } from './kinds/kinds.ts'
import type { Change, Json, Plan } from './plan.ts'
import type { ChangePreview, Irreversible } from './reports.ts'

/** A preview, and the refusal behind it where there is one. */
export type Rehearsal = ChangePreview & { error?: SecureError }

/** What each change would do, by the API server's own dry run: admission and all, but nothing is stored. */
export async function preview(engine: Engine, plan: Plan): Promise<Rehearsal[]> {
  const context: Context = { cluster: engine.cluster, planId: plan.id, uids: new Map() }
  const replacing = replacingIn(plan)
  const spaces = new Set(plan.changes.flatMap(({ do: how, ref }) => (isNamespace(how, ref) ? [ref.name] : [])))
  return await inParallel(plan.changes, async (change) => {
    const tried = await rehearse(change, async () => {
      const looked = await kindOf(change).look(context, change)
      if (looked.state === 'before') return { looked, write: kindOf(change).apply(context, change, looked) }
      if (looked.state === 'foreign' && replacing.has(change)) return { looked, missing: afterDelete }
      return { looked, missing: looked.state === 'after' ? 'it is so already' : `${looked.state}: ${looked.why ?? ''}` }
    })
    const isWaiting = tried.error?.code === 'not-found' && spaces.has(change.ref.namespace ?? '')
    return isWaiting ? { ...tried, missing: afterNamespace } : tried
  })
}

const isNamespace = (how: Change['do'], { kind }: Change['ref']): boolean => how === 'create' && kind === 'Namespace'
const afterNamespace = 'it is made once its namespace is'

/** Why there is no dry run of what is made under the name of something that the plan deletes first. */
export const afterDelete = 'it is made once the one that has its name is deleted'

function replacingIn({ changes }: Plan): Set<Change> {
  const keyOf = ({ ref: { apiVersion, kind, namespace, name } }: Change) =>
    JSON.stringify([apiVersion, kind, namespace, name])
  const deleted = new Set<string>()
  return new Set(
    changes.filter((change) => {
      if (change.do === 'delete') deleted.add(keyOf(change))
      return change.do === 'create' && deleted.has(keyOf(change))
    }),
  )
}

/** The same for taking changes back, last one first. */
export async function previewUndoOf(changes: Change[], contextOf: (change: Change) => Context): Promise<Rehearsal[]> {
  return await inParallel(changes.toReversed(), async (change) => {
    return await rehearse(change, async () => {
      const context = contextOf(change)
      const looked = await kindOf(change).look(context, change)
      const { write, left } = kindOf(change).undo(context, change, looked)
      const why = left
        .map((entry) => [entry.path.join('.'), entry.why].filter((part) => part !== '').join(': '))
        .join('; ')
      if (write) return { looked, write, ...(why !== '' && { note: why }) }
      return { looked, missing: why === '' ? nothingText(change) : why }
    })
  })
}

const nothingText = ({ do: how }: Change): string =>
  how === 'subresource' ? 'its container stays until the pod is gone' : 'there is nothing to take back'

type Rehearsed = { looked: Looked; write?: Write; missing?: string; note?: string }

// Status changes all the time: that somebody wrote between the look and the rehearsal is no drift of the plan.
const maxTries = 5

async function rehearse(change: Change, plan: () => Promise<Rehearsed>): Promise<Rehearsal> {
  for (let tries = 1; ; tries++) {
    const tried = await rehearseOnce(change, plan)
    if (tried.error?.code !== 'conflict' || tries === maxTries) return tried
  }
}

async function rehearseOnce(change: Change, plan: () => Promise<Rehearsed>): Promise<Rehearsal> {
  const warnings: string[] = []
  const head = { change: change.id, ref: change.ref, warnings }
  try {
    const { looked, write, missing, note } = await plan()
    const before = shown(looked.object)
    if (!write) return { ...head, ...(before && { before, after: before }), ...(missing !== undefined && { missing }) }
    if (note !== undefined) warnings.push(note)
    const answer = await write.send({ dryRun: true, onWarning: (text) => warnings.push(text) })
    const after = shown(answer)
    return { ...head, ...(before && { before }), ...(after && { after }) }
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return { ...head, missing: error.message, error }
  }
}

// The values of Secrets are not shown; `deleted` and the like are no objects.
function shown(answer: unknown): { [key: string]: Json } | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined
  const object = answer as ApiObject
  if (object.kind !== 'Secret') return object as unknown as { [key: string]: Json }
  const { data: _data, stringData: _stringData, ...rest } = object
  return rest as unknown as { [key: string]: Json }
}

/** What cannot come back, for each change; known before anything is applied. */
export function irreversibleOf(plan: Plan): Irreversible[] {
  return plan.changes.flatMap((change) =>
    kindOf(change)
      .irreversible(change)
      .map((what) => ({ change: change.id, ref: change.ref, what })),
  )
}
