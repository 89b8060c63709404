import type { Engine } from '../../change/engine.ts'
import { planHead } from '../../change/plan-head.ts'
import type { Plan, SubresourceChange } from '../../change/plan.ts'
import { preflight } from '../../change/preflight.ts'
import { preview, type Rehearsal } from '../../change/preview.ts'
import { refuseStateNamespace } from '../../change/record/namespace.ts'
import { refusalOf } from '../../change/refusal.ts'
import type { PreflightReport, RightNeeded } from '../../change/reports.ts'
import { podRefOf } from '../pod-ref.ts'
import type { CollectRequest, EvidenceGap } from '../request.ts'
import { podsMeant, unseenOf } from './candidates.ts'
import { gatherChange, lookedInto, type Sight, whyNoVolatile } from './container.ts'
import { hidesAll, lackOf } from './lack.ts'

type Raw = Record<string, unknown>
type Words = { image: string; command: string[] }

/** `report`: what the rehearsal of the plan said; there is one where there is a plan. */
export type PlannedVolatile = {
  volatile: NonNullable<CollectRequest['volatile']>
  previews: Rehearsal[]
  report?: PreflightReport
}

/**
 * Plans the containers that gather live facts of the pods that targets mean, and has the API server rehearse them; writes nothing. Where the
 * one that sees everything is refused, as by Pod Security, one that is like the container it looks into is tried. What cannot be had is
 * in `left`. Throws SecureError: `usage` for pods in the namespace of the records, what the cluster says where it cannot be asked at all.
 */
export async function planVolatile(
  engine: Engine,
  request: Pick<CollectRequest, 'targets' | 'namespace' | 'incident'>,
  words: Words,
): Promise<PlannedVolatile> {
  const pods = await podsMeant(engine.cluster, request)
  refuseStateNamespace(
    engine.stateNamespace,
    pods.map((pod) => podRefOf(pod)?.namespace),
  )
  const left = pods.flatMap(unseenOf)
  const seen = pods.flatMap((pod) => podRefOf(pod)?.uid ?? [])
  const { incident } = request
  const empty: Plan = { ...planHead(engine, { command: words.command, incident }), changes: [], notes: [] }
  const draft = await withFallbacks(engine, empty, pods, words.image)
  const rehearsed = await preview(engine, draft)
  const { rights } = await preflight(engine, draft, rehearsed)
  const whyNot = refusalsIn(rehearsed)
  const refused = draft.changes.flatMap((change) => {
    const lacks = rights.filter((right) => right.change === change.id && right.for === 'apply' && !right.allowed)
    const why = whyNot.get(change.id)
    if (lacks.length > 0)
      return [{ id: change.id, gaps: lacks.map((right) => lackedRight(lackOf(change as SubresourceChange), right)) }]
    return why === undefined ? [] : [{ id: change.id, gaps: [{ ...lackOf(change as SubresourceChange), why }] }]
  })
  left.push(...refused.flatMap(({ gaps }) => gaps))
  const without = new Set(refused.map(({ id }) => id))
  const plan = { ...draft, changes: draft.changes.filter(({ id }) => !without.has(id)) }
  if (plan.changes.length === 0) return { volatile: { left, seen }, previews: [] }
  const previews = rehearsed.filter(({ change }) => !without.has(change))
  const report = await preflight(engine, plan, previews)
  const refusal = refusalOf(report)
  if (!refusal) return { volatile: { plan, left, seen }, previews, report }
  // The record cannot be written, and without one nothing is changed.
  const all = { what: 'live facts of the targets', hides: hidesAll }
  const lacks = report.rights.filter(({ allowed }) => !allowed).map((right) => lackedRight(all, right))
  left.push(...(lacks.length > 0 ? lacks : [{ ...all, why: refusal.message }]))
  return { volatile: { left, seen }, previews: [] }
}

/** The plan with a container for each that runs: the one that sees most of those that the server lets in. */
async function withFallbacks(engine: Engine, plan: Plan, pods: Raw[], image: string): Promise<Plan> {
  const changesBy = (sight: Sight) =>
    pods.flatMap((pod) => {
      if (whyNoVolatile(pod) !== undefined) return []
      return lookedInto(pod).map((target, at) =>
        gatherChange(pod, target, { planId: plan.id, image, sight, index: at + 1 }),
      )
    })
  const best = changesBy('tracer')
  const others = new Map(changesBy('alike').map((change) => [change.id, change]))
  const refused = refusalsIn(await preview(engine, { ...plan, changes: best }))
  const notes = best.flatMap(({ id, ref }) => {
    const why = refused.get(id)
    return why === undefined ? [] : [`pod ${ref.namespace}/${ref.name} is looked into as its own user alone: ${why}`]
  })
  const changes = best.map((change) => (refused.has(change.id) ? (others.get(change.id) ?? change) : change))
  return { ...plan, changes, notes: [...new Set(notes)] }
}

function lackedRight(lack: Pick<EvidenceGap, 'what' | 'hides'>, { attributes, reason }: RightNeeded): EvidenceGap {
  const { verb, resource, subresource, namespace } = attributes
  const name = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}${namespace === undefined ? '' : ` in ${namespace}`}`
  return { ...lack, what: `${lack.what} (${name})`, why: reason || 'you may not', code: 'forbidden', right: attributes }
}

// A pod that is gone meanwhile has no error: nothing was sent.
function refusalsIn(rehearsals: Rehearsal[]): Map<string, string> {
  return new Map(
    rehearsals.flatMap(({ change, error, missing }) => {
      const why = error?.message ?? missing
      return why === undefined ? [] : [[change, why] as const]
    }),
  )
}
