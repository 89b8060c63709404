import { newPlanId } from '../change/id.ts'
import type { Engine } from '../change/engine.ts'
import type { Change, Plan } from '../change/plan.ts'
import { preflight as preflightOf } from '../change/preflight.ts'
import { preview, type Rehearsal } from '../change/preview.ts'
import type { PreflightReport } from '../change/reports.ts'
import { SecureError } from '../errors.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import { type CanaryPlan, canaryChanges } from './canary.ts'
import type { ScriptRun } from './live.ts'
import { peerAddresses } from './peer-addresses.ts'
import { type IsolationPlan, planIsolation } from './plan.ts'
import { metaOf, type Raw } from './raw.ts'
import { readForCut } from './read.ts'
import type { CutPod, IsolateRequest, Prepared } from './request.ts'
import type { Scene } from './scene.ts'
import { containerName, helperChange, helperContainer, severChange } from './sever.ts'
import { refuseSever } from './sever-facts.ts'

/**
 * Reads what the cut needs, plans it, and has the API server rehearse it; writes nothing. What the cut itself does not rest on
 * (the proofs, what is added to it) is left out where it would be refused, with a note. Throws SecureError where it cannot be done.
 */
export async function prepareIsolation(engine: Engine, request: IsolateRequest): Promise<Prepared> {
  const scene = await readForCut(engine.cluster, request.query, request.options)
  const planId = newPlanId()
  const isolation = planIsolation(scene, request.options, { planId, createdAt: engine.now().toISOString() })
  if (isolation.refused) throw new SecureError('usage', isolation.refused.why, { hint: isolation.refused.hint })
  refuseStateNamespace(engine, isolation)
  const peers = request.options.sever ? await peerAddresses(engine.cluster, request.options, scene) : []
  const proofs = new Map(
    isolation.pods
      .filter(({ standing }) => standing === 'enforceable')
      .map(({ ref, labelsAfter }, index) => [
        ref.uid,
        proofsOf(engine, request, scene, isolation, { uid: ref.uid, labelsAfter, planId, peers, index }),
      ]),
  )
  const plan: Plan = {
    apiVersion,
    kind: 'Plan',
    id: planId,
    command: request.command,
    ...(request.incident !== undefined && { incident: request.incident }),
    ...(request.reason !== undefined && { reason: request.reason }),
    createdAt: engine.now().toISOString(),
    cluster: {
      id: engine.clusterId,
      server: engine.cluster.server,
      ...(engine.cluster.context !== undefined && { context: engine.cluster.context }),
    },
    user: engine.user,
    changes: inOrder(isolation.changes, [...proofs.values()]),
    notes: [],
  }
  const tried = await preview(engine, plan)
  const report = await preflightOf(engine, plan, tried)
  return await settle(engine, { request, plan, scene, isolation, peers, rehearsals: tried, preflight: report }, proofs)
}

type Proofs = {
  pod: Raw
  sever: Change | { why: string }
  helper: Change | undefined
  run: ScriptRun
  canary: CanaryPlan
}
type About = { uid: string; labelsAfter: Record<string, string>; planId: string; peers: string[]; index: number }

function proofsOf(
  engine: Engine,
  request: IsolateRequest,
  scene: Scene,
  isolation: IsolationPlan,
  about: About,
): Proofs {
  const { uid, labelsAfter, planId, peers, index } = about
  const pod = scene.pods.find((raw) => metaOf(raw).uid === uid) ?? {}
  const { namespace, name, ...metadata } = metaOf(pod)
  const { image } = request
  const deny = isolation.changes.find(
    ({ do: how, ref, id }) => how === 'create' && id.startsWith('deny-') && ref.namespace === namespace,
  )
  const asItWillBe = { ...pod, metadata: { ...(pod['metadata'] as Raw), labels: labelsAfter } }
  const canary = canaryChanges(asItWillBe, {
    planId,
    image,
    stateNamespace: engine.stateNamespace,
    policyChangeId: deny?.id ?? '',
    policyKeys: keysInPolicies(scene, labelsAfter),
    services: scene.services.filter((service) => metaOf(service).namespace === namespace),
    suffix: String(index + 1),
  })
  const refused = request.options.sever
    ? refuseSever(pod)
    : 'connections that were open before go on: --sever cuts them'
  const input = { planId, image, peers }
  return {
    pod,
    canary,
    sever: refused === undefined ? { ...severChange(pod, input), optional: true } : { why: refused },
    helper:
      refused === undefined
        ? { ...helperChange(pod, { ...input, stateNamespace: engine.stateNamespace }), optional: true }
        : undefined,
    run: {
      way: 'ephemeral container',
      namespace,
      pod: name,
      uid: metadata.uid,
      container: containerName(input, 'cut'),
    },
  }
}

// Whatever a policy says of a label, it says its key.
function keysInPolicies({ policies }: Scene, labels: Record<string, string>): ReadonlySet<string> {
  const texts = policies.map((policy) => JSON.stringify(policy))
  return new Set(Object.keys(labels).filter((key) => texts.some((text) => text.includes(key))))
}

// The cut first, then live connections, then what proves it; what waits for the proof comes last.
function inOrder(changes: Change[], proofs: Proofs[]): Change[] {
  const first = changes.findIndex(({ gate }) => gate !== undefined)
  const at = first < 0 ? changes.length : first
  const cut = changes.slice(0, at).filter(({ id }) => /^(deny|allow|overlay|label)/.test(id))
  const rest = changes.slice(0, at).filter((change) => !cut.includes(change))
  return [
    ...cut,
    ...proofs.flatMap(({ sever }) => ('do' in sever ? [sever] : [])),
    ...proofs.flatMap(({ canary }) => canary.changes.map((change) => ({ ...change, optional: true as const }))),
    ...rest,
    ...changes.slice(at),
  ]
}

type Draft = Omit<Prepared, 'cut'>

/** Takes the second way to cut connections where the first is refused, and leaves out what is optional and would be refused. */
async function settle(engine: Engine, draft: Draft, proofs: Map<string, Proofs>): Promise<Prepared> {
  const refusals = new Map(draft.rehearsals.flatMap(({ change, error }) => (error ? [[change, error] as const] : [])))
  const isMissing = (id: string) =>
    draft.preflight.rights.some(({ change, allowed, for: way }) => change === id && !allowed && way === 'apply')
  const isRefused = (change: Change) => refusals.has(change.id) && !isWaiting(engine, change, refusals.get(change.id))
  const instead = new Map<string, Change>()
  const cut = new Map<string, CutPod>()
  const notes: string[] = []
  for (const [uid, { pod, sever, helper, run, canary }] of proofs) {
    const canaries = canary.impossible === undefined ? canary.canaries : { impossible: canary.impossible }
    notes.push(...canary.notes)
    if (!('do' in sever)) {
      cut.set(uid, { pod, canaries, sever })
      continue
    }
    const why = isMissing(sever.id)
      ? 'the right to add ephemeral containers is missing'
      : refusals.get(sever.id)?.message
    if (!helper || why === undefined) {
      cut.set(uid, { pod, canaries, sever: run })
      continue
    }
    instead.set(sever.id, helper)
    notes.push(
      `live connections are cut by a privileged helper on the node, since no ephemeral container can be added: ${why}`,
    )
    const { namespace = '', name } = helper.ref
    cut.set(uid, { pod, canaries, sever: { way: 'node helper', namespace, pod: name, container: helperContainer } })
  }
  const changed = draft.plan.changes.map((change) => instead.get(change.id) ?? change)
  const kept = changed.filter((change) => {
    if (!change.optional || (!isRefused(change) && !isMissing(change.id))) return true
    notes.push(
      `left out, as it would be refused: ${change.why} (${refusals.get(change.id)?.message ?? 'a right is missing'})`,
    )
    return false
  })
  const plan = { ...draft.plan, changes: kept, notes: [...draft.plan.notes, ...notes] }
  if (instead.size === 0 && kept.length === changed.length) return { ...draft, plan, cut }
  // What is new was not rehearsed yet.
  const rehearsals = await preview(engine, plan)
  return { ...draft, plan, cut, rehearsals, preflight: await preflightOf(engine, plan, rehearsals) }
}

function isWaiting({ stateNamespace }: Engine, change: Change, error: Rehearsal['error']): boolean {
  return error?.code === 'not-found' && change.do === 'create' && change.ref.namespace === stateNamespace
}

function refuseStateNamespace({ stateNamespace }: Engine, { pods }: IsolationPlan): void {
  if (!pods.some(({ ref }) => ref.namespace === stateNamespace)) return
  throw new SecureError('usage', `the records of changes must not be in the namespace of a target: ${stateNamespace}`, {
    hint: 'name another one: --state-namespace NAMESPACE',
  })
}

/** What may not be done: rights and refusals of what the cut rests on, as one error; nothing where it may. */
export function refusalOf({ ready, rights, refusals, drift }: PreflightReport): SecureError | undefined {
  if (ready) return undefined
  const missing = rights
    .filter(({ allowed }) => !allowed)
    .map(({ attributes: { verb, group, resource, subresource, namespace } }) => {
      const type = [resource, ...(subresource === undefined ? [] : [subresource])].join('/')
      return `you may not ${verb} ${type}${group ? `.${group}` : ''}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
    })
  const why = [...drift, ...refusals.map(({ change, why: text }) => `${change}: ${text}`), ...new Set(missing)]
  return new SecureError(
    missing.length > 0 ? 'forbidden' : 'invalid',
    `nothing was changed: ${why[0] ?? 'the plan cannot be applied'}`,
    {
      hint: [...why.slice(1), 'kubectl secure preflight prints the Role that is missing'].join('\n'),
    },
  )
}
