import type { Engine } from '../change/engine.ts'
import { planHead } from '../change/plan-head.ts'
import type { Plan } from '../change/plan.ts'
import { preflight as preflightOf } from '../change/preflight.ts'
import { preview } from '../change/preview.ts'
import { refuseStateNamespace } from '../change/record/namespace.ts'
import { SecureError } from '../errors.ts'
import { withFallbacks } from './fallbacks.ts'
import { managersOf, managerText } from './gitops.ts'
import { peerAddresses } from './peer-addresses.ts'
import { planIsolation } from './plan.ts'
import { inOrder, proofsOf } from './proofs.ts'
import { readForCut } from './read.ts'
import type { IsolateRequest, Prepared } from './request.ts'

/**
 * Reads what the cut needs, plans it, and has the API server rehearse it; writes nothing. What the cut itself does not rest on
 * (the proofs, what is added to it) is left out where it would be refused, with a note. Throws SecureError where it cannot be done.
 */
export async function prepareIsolation(engine: Engine, request: IsolateRequest): Promise<Prepared> {
  const scene = await readForCut(engine.cluster, request.query, request.options)
  const head = planHead(engine, request)
  const { id: planId, createdAt } = head
  const isolation = planIsolation(scene, request.options, { planId, createdAt })
  if (isolation.refused) throw new SecureError('usage', isolation.refused.why, { hint: isolation.refused.hint })
  refuseStateNamespace(
    engine.stateNamespace,
    isolation.pods.map(({ ref }) => ref.namespace),
  )
  const peers = request.options.sever ? await peerAddresses(engine.cluster, request.options, scene) : []
  const proofs = proofsOf({ engine, request, scene, isolation, planId, peers })
  const plan: Plan = {
    ...head,
    changes: inOrder(isolation.changes, [...proofs.values()]),
    notes: managersOf([...scene.pods, ...scene.owners]).map(managerText),
  }
  const rehearsing = preview(engine, plan)
  const [rehearsals, preflight] = await Promise.all([rehearsing, preflightOf(engine, plan, rehearsing)])
  return await withFallbacks(engine, { request, plan, scene, isolation, peers, rehearsals, preflight }, proofs)
}
