import type { Engine } from '../change/engine.ts'
import type { Change } from '../change/plan.ts'
import { type Canaries, canaryChanges } from './canary.ts'
import type { ScriptRun } from './live.ts'
import type { IsolationPlan } from './plan.ts'
import type { PodPlan } from './plan-pods.ts'
import { metaOf, type Raw } from './raw.ts'
import type { IsolateRequest } from './request.ts'
import type { Scene } from './scene.ts'
import { containerName, helperChange, severChange } from './sever.ts'
import { refuseSever } from './sever-facts.ts'

/** What is added to the plan for one pod: how its live connections are cut, and the canaries that stand for it. */
export type Proofs = {
  pod: Raw
  sever: Change | { why: string }
  /** The second way to cut them. */
  helper?: Change
  run: ScriptRun
  canaries: Canaries | { impossible: string }
  /** Canaries to be made; none where those of another pod do. */
  made: Change[]
  notes: string[]
}

type Around = {
  engine: Engine
  request: IsolateRequest
  scene: Scene
  isolation: IsolationPlan
  planId: string
  peers: string[]
}

/** By uid, for every pod that can be cut off. Pods that are alike share a twin, and those of a node its controls. */
export function proofsOf(around: Around): Map<string, Proofs> {
  const twins = new Map<string, Canaries | { impossible: string }>()
  const controls = new Map<string, Canaries>()
  const cut = around.isolation.pods.filter(({ standing }) => standing === 'enforceable')
  return new Map(
    cut.map((entry, index) => {
      const key = JSON.stringify([
        entry.node,
        entry.ref.namespace,
        entry.serviceAccount,
        Object.entries(entry.labelsAfter)
          .map(([key, value]) => `${key}=${value}`)
          .toSorted(),
      ])
      const known = twins.get(key)
      const own = known ? { canaries: known, made: [], notes: [] } : canariesOf(around, entry, index + 1, controls)
      twins.set(key, own.canaries)
      return [entry.ref.uid, { ...own, ...severOf(around, podOf(around, entry)) }]
    }),
  )
}

function canariesOf(
  { engine, request, scene, isolation, planId }: Around,
  entry: PodPlan,
  index: number,
  controls: Map<string, Canaries>,
): Pick<Proofs, 'canaries' | 'made' | 'notes'> {
  const { ref, labelsAfter } = entry
  const pod = podOf({ scene }, entry)
  const deny = isolation.changes.find(
    ({ do: how, ref: { namespace }, id }) => how === 'create' && id.startsWith('deny-') && namespace === ref.namespace,
  )
  const asItWillBe = { ...pod, metadata: { ...(pod['metadata'] as Raw), labels: labelsAfter } }
  const { changes, canaries, impossible, notes } = canaryChanges(asItWillBe, {
    planId,
    image: request.image,
    stateNamespace: engine.stateNamespace,
    policyChangeId: deny?.id ?? '',
    policyKeys: keysInPolicies(scene, labelsAfter),
    services: scene.services.filter((service) => metaOf(service).namespace === ref.namespace),
    suffix: String(index),
  })
  if (impossible !== undefined) return { canaries: { impossible }, made: [], notes }
  const made = changes.map((change) => ({ ...change, optional: true as const }))
  const there = controls.get(canaries.node)
  if (!there) {
    controls.set(canaries.node, canaries)
    return { canaries, made, notes }
  }
  const twin = made.filter(({ ref: { name } }) => name === canaries.twin.name)
  return { canaries: { ...canaries, a: there.a, b: there.b }, made: twin, notes }
}

function severOf(
  { engine, request, planId, peers }: Around,
  pod: Raw,
): Pick<Proofs, 'pod' | 'sever' | 'helper' | 'run'> {
  const input = { planId, image: request.image, peers }
  const { namespace, name, uid } = metaOf(pod)
  const run = { way: 'ephemeral container' as const, namespace, pod: name, uid, container: containerName(input, 'cut') }
  const why = request.options.sever ? refuseSever(pod) : 'connections that were open before go on: --sever cuts them'
  if (why !== undefined) return { pod, run, sever: { why } }
  return {
    pod,
    run,
    sever: { ...severChange(pod, input), optional: true },
    helper: { ...helperChange(pod, { ...input, stateNamespace: engine.stateNamespace }), optional: true },
  }
}

function podOf({ scene }: Pick<Around, 'scene'>, { ref }: PodPlan): Raw {
  return scene.pods.find((raw) => metaOf(raw).uid === ref.uid) ?? {}
}

// Whatever a policy says of a label, it says its key.
function keysInPolicies({ policies }: Scene, labels: Record<string, string>): ReadonlySet<string> {
  const texts = policies.map((policy) => JSON.stringify(policy))
  return new Set(Object.keys(labels).filter((key) => texts.some((text) => text.includes(key))))
}

/** The cut first, then live connections, then what proves it; what waits for the proof comes last. */
export function inOrder(changes: Change[], proofs: Proofs[]): Change[] {
  const first = changes.findIndex(({ gate }) => gate !== undefined)
  const at = first < 0 ? changes.length : first
  const cut = changes.slice(0, at).filter(({ id }) => /^(deny|allow|overlay|label)/.test(id))
  const rest = changes.slice(0, at).filter((change) => !cut.includes(change))
  return [
    ...cut,
    ...proofs.flatMap(({ sever }) => ('do' in sever ? [sever] : [])),
    ...proofs.flatMap(({ made }) => made),
    ...rest,
    ...changes.slice(at),
  ]
}
