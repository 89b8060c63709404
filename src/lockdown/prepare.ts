import type { Engine } from '../change/engine.ts'
import { planHead } from '../change/plan-head.ts'
import type { Change, Json, Plan } from '../change/plan.ts'
import { preflight as preflightOf } from '../change/preflight.ts'
import { preview, type Rehearsal } from '../change/preview.ts'
import { SecureError } from '../errors.ts'
import type { Canaries } from '../isolation/canary.ts'
import { managersOf, managerText } from '../isolation/gitops.ts'
import { liveOrigin } from '../snapshot/origin.ts'
import { canariesOf, type NamespaceCanaries } from './canaries.ts'
import type { LockdownScene } from './model.ts'
import { nobodyChosen } from './nobody-chosen.ts'
import { inOrder, planLockdown } from './plan.ts'
import { promisedBy } from './promise.ts'
import { reachOf } from './reach.ts'
import { readScenes } from './read.ts'
import { refusalOf } from './refuse.ts'
import type { LockdownRequest, PreparedLockdown } from './request.ts'
import { narrowed } from './touched.ts'

/**
 * Reads what the lockdown needs, plans it, and has the API server rehearse it; writes nothing. The canaries that it does not rest on are left
 * out where they would be refused, with a note. Throws SecureError where it cannot be done: `usage` for a namespace that the cluster rests on,
 * and for a part that the level does not touch.
 */
export async function prepareLockdown(
  engine: Engine,
  asked: LockdownRequest,
  onProgress: (objects: number) => void = () => {},
): Promise<PreparedLockdown> {
  const request = { ...asked, options: narrowed(asked.options) }
  const { options, namespaces } = request
  const bindings = options.level === 'quarantine' && options.parts.includes('rbac')
  const scenes = await readScenes(liveOrigin(engine.cluster, onProgress), namespaces, { bindings })
  const notes = refuse(scenes, engine.stateNamespace, options.force)
  const head = planHead(engine, request)
  const { id: planId, createdAt } = head
  const ids = { planId, names: 'unguessable' as const, responder: engine.user, createdAt }
  const lockdown = planLockdown(scenes, options, ids)
  const controls = new Map<string, Canaries>()
  const { stateNamespace } = engine
  const around = { planId, image: request.image, stateNamespace, selector: options.selector, controls }
  const canaries = lockdown.namespaces.map((one, index) => canariesOf(one, index + 1, around))
  const plan: Plan = {
    ...head,
    request: promisedBy(options, lockdown.namespaces) as unknown as { [key: string]: Json },
    changes: inOrder(
      lockdown.changes,
      canaries.flatMap(({ changes }) => changes),
    ),
    notes: [
      ...notes,
      ...nobodyChosen(scenes, options),
      ...managersOf(scenes.flatMap(({ namespace, workloads }) => [namespace, ...workloads])).map(managerText),
    ],
  }
  const rehearsals = await preview(engine, plan)
  const [first] = scenes
  const reach = options.parts.includes('network') && first && reachOf(first.network, plan.changes, namespaces)
  const draft = { request, lockdown, canaries, ...(reach && { reach }) }
  return await withoutRefused(engine, {
    ...draft,
    plan,
    rehearsals,
    preflight: await preflightOf(engine, plan, rehearsals),
  })
}

/** Throws SecureError `usage` for namespaces that are not to be closed; what --force passes over is said. */
export function refuse(scenes: readonly LockdownScene[], stateNamespace: string, force: boolean): string[] {
  return scenes.flatMap((scene) => {
    const refusal = refusalOf(scene, stateNamespace)
    if (!refusal) return []
    if (!refusal.forcible || !force) throw new SecureError('usage', refusal.why, { hint: refusal.hint })
    return [`closed all the same, by --force: ${refusal.why}`]
  })
}

/** Leaves out what is optional and would be refused: the lockdown does not rest on it, and what it proves is not known then. */
async function withoutRefused(engine: Engine, draft: PreparedLockdown): Promise<PreparedLockdown> {
  const refusals = new Map(draft.rehearsals.map((rehearsal) => [rehearsal.change, rehearsal]))
  const missing = new Set(draft.preflight.rights.filter(({ allowed }) => !allowed).map(({ change }) => change))
  const whyNot = (change: Change): string | undefined => {
    if (missing.has(change.id)) return 'a right is missing'
    const error = refusals.get(change.id)?.error
    return error && !isWaiting(engine, change, error) ? error.message : undefined
  }
  const left = new Map(
    draft.plan.changes.flatMap((change) => {
      const why = change.optional ? whyNot(change) : undefined
      return why === undefined ? [] : [[change.ref.name, why] as const]
    }),
  )
  if (left.size === 0) return draft
  const changes = draft.plan.changes.filter(({ ref }) => !left.has(ref.name))
  const plan = { ...draft.plan, changes: inOrder(changes) }
  const canaries = draft.canaries.map((one): NamespaceCanaries => {
    const whyOf = ({ twin, a, b }: Canaries) =>
      [twin, a, b].map(({ name }) => left.get(name)).find((why) => why !== undefined)
    const lost = one.twins.filter((twin) => whyOf(twin) !== undefined)
    return {
      ...one,
      twins: one.twins.filter((twin) => !lost.includes(twin)),
      impossible: [...one.impossible, ...lost.map((twin) => `canaries would be refused: ${whyOf(twin) ?? ''}`)],
    }
  })
  // What is left was rehearsed, but for what a change of one changes of another: nothing.
  const rehearsals = draft.rehearsals.filter(({ ref }) => !left.has(ref.name))
  return { ...draft, plan, canaries, rehearsals, preflight: await preflightOf(engine, plan, rehearsals) }
}

// What goes into a namespace that the run itself makes cannot be rehearsed before.
function isWaiting({ stateNamespace }: Engine, change: Change, error: NonNullable<Rehearsal['error']>): boolean {
  return error.code === 'not-found' && change.do === 'create' && change.ref.namespace === stateNamespace
}
