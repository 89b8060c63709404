import { type ExistingRef, type FieldEdit, quarantineLabel } from '../change/plan.ts'
import type { Party } from '../network/party.ts'
import { neverOpens } from './never-opens.ts'
import { type Opening, OwnSide } from './own-side.ts'
import { type Ownership, ownershipOf, restoreOf } from './owner.ts'
import { quarantinePolicies } from './policies.ts'
import { asJson, metaOf, specOf, stringsAt, textAt } from './raw.ts'
import type { Scene } from './scene.ts'
import { type Standing, standingNotes, standingOf } from './standing.ts'
import { stripLabels } from './strip-labels.ts'

/** What the plan means for one pod. */
export type PodPlan = {
  ref: ExistingRef & { namespace: string }
  node?: string
  serviceAccount: string
  standing: Standing
  ownership: Ownership
  labelsBefore: Record<string, string>
  /** The labels as the plan leaves them: what a twin of the pod has to wear. */
  labelsAfter: Record<string, string>
  /** Without their labels the pod would be more open than it is, for as long as our policy is not enforced: they go after the proof. */
  waits: boolean
  /** The first edits, and those that take labels off. */
  mark: FieldEdit[]
  strip: FieldEdit[]
  /** What may still be let through by labels alone; an overlay closes it. */
  openings: Opening[]
  /** Services that still send clients to it. */
  services: string[]
  notes: string[]
}

/** Kept from being moved or removed by autoscalers while it is looked at. */
const keepAnnotations = {
  'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
  'karpenter.sh/do-not-disrupt': 'true',
}

/**
 * On AWS' own policy agent a pod without an owner may be open (aws-network-policy-agent#327): there none is taken off its owner.
 */
export const mayDetach = ({ served }: Scene): boolean =>
  ![...served].some((group) => group.startsWith('networking.k8s.aws/'))

/** Every pod of the scene, with the edits that it gets. */
export function planPods(scene: Scene, planId: string): PodPlan[] {
  const policies = scene.namespaces.flatMap((space) => quarantinePolicies(planId, metaOf(space).name, []))
  const side = new OwnSide(
    [...scene.policies, ...scene.namespaces, ...scene.pods, ...policies],
    scene.enforcer,
    scene.everywhere,
  )
  const texts = scene.policies.map((policy) => JSON.stringify(policy))
  const known = new Map<string, ReturnType<typeof stripLabels>>()
  return scene.pods.map((pod): PodPlan => {
    const { namespace, name, uid, labels, annotations } = metaOf(pod)
    const ownership = ownershipOf(pod, scene.owners, mayDetach(scene))
    const standing = standingOf(pod)
    const node = textAt(specOf(pod), 'nodeName')
    const serviceAccount = textAt(specOf(pod), 'serviceAccountName') || 'default'
    const base = {
      ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace, name, uid },
      ...(node === '' ? {} : { node }),
      serviceAccount,
      standing,
      ownership,
      labelsBefore: labels,
      notes: standingNotes(pod),
    }
    const party = side.podNamed(namespace, name)
    if (standing !== 'enforceable' || !party) {
      return { ...base, labelsAfter: labels, waits: false, mark: [], strip: [], openings: [], services: [] }
    }
    const services = scene.services.filter((service) => metaOf(service).namespace === namespace)
    const key = JSON.stringify([namespace, labels, serviceAccount, ownership.how, ownership.keys])
    const stripped =
      known.get(key) ??
      stripLabels({
        side,
        pod: party,
        quarantine: quarantineLabel(planId),
        services: services.map((service) => stringsAt(specOf(service), 'selector')),
        ...(ownership.ref ? { owner: { keys: ownership.keys, detach: ownership.how === 'detach' } } : {}),
        protect: ownership.how === 'hands-off' ? 'all' : new Set(),
        texts,
      })
    known.set(key, stripped)
    const gone = new Set(stripped.keys)
    return {
      ...base,
      labelsAfter: {
        ...Object.fromEntries(Object.entries(labels).filter(([label]) => !gone.has(label))),
        [quarantineLabel(planId)]: 'true',
      },
      waits: waits(scene, side, party, gone),
      mark: markEdits(planId, annotations),
      strip: stripped.keys.map((label) => ({
        path: ['metadata', 'labels', label],
        before: asJson(labels[label]),
        restore: restoreOf(label, ownership),
      })),
      openings: stripped.openings,
      services: stripped.services.flatMap((index) => (services[index] ? [metaOf(services[index]).name] : [])),
    }
  })
}

// An enforcer hears of pods and of policies in an order that nobody promises: the labels may go before our policy is there.
// What could not be read may isolate the pod by the labels that go.
function waits({ gaps }: Scene, side: OwnSide, party: Party, gone: ReadonlySet<string>): boolean {
  if (gone.size === 0) return false
  if (side.network.world.gaps.length > 0 || gaps.some(({ resource }) => resource?.endsWith('policies'))) return true
  const labels = Object.fromEntries(Object.entries(party.labels).filter(([label]) => !gone.has(label)))
  return !neverOpens(side, party, { ...party, labels })
}

function markEdits(planId: string, annotations: Record<string, string>): FieldEdit[] {
  const edit = (path: string[], before: string | undefined, after: string): FieldEdit => ({
    path,
    ...(before === undefined ? {} : { before }),
    after,
    restore: 'always',
  })
  return [
    edit(['metadata', 'labels', quarantineLabel(planId)], undefined, 'true'),
    ...Object.entries(keepAnnotations)
      .filter(([key, value]) => annotations[key] !== value)
      .map(([key, value]) => edit(['metadata', 'annotations', key], annotations[key], value)),
  ]
}
