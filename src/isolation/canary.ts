import { type CreateChange, markPrefix, objectName, planLabel, quarantineLabelPrefix } from '../change/plan.ts'
import { canaryPod, type PodRef } from './canary-pod.ts'
import { metaOf, type Raw, recordAt, specOf, stringsAt, textAt } from './raw.ts'

/** The canaries of one pod: `twin` has the pod's labels, `a` and `b` are plain pods of the state namespace. */
export type Canaries = { twin: PodRef; a: PodRef; b: PodRef; node: string }
export type CanaryInput = {
  planId: string
  image: string
  stateNamespace: string
  /** The change that makes the quarantine policy in the pod's namespace: its object will own the twin. */
  policyChangeId: string
  /** What that policy is called, where it is not called as the plan itself. */
  policyName?: string
  /** The Services of the pod's namespace. */
  services: Raw[]
  /** Keys of labels that policies of any kind look at; where it is absent every key may be one. */
  policyKeys?: ReadonlySet<string>
  /** Tells the canaries of several pods of a plan apart: letters, digits and dashes. */
  suffix?: string
}
export type CanaryPlan = { changes: CreateChange[]; canaries: Canaries; impossible?: string; notes: string[] }

/**
 * The pods of the active probe, on the node of the pod that is isolated, without a scheduler. The twin has the labels and the account of the
 * pod as it is after isolation, and no token. Nobody takes it in: its controller owner is the quarantine policy, so no ReplicaSet or
 * StatefulSet adopts it (metav1.GetControllerOf), and by a readiness gate that nobody sets it never becomes ready, so no Service sends to it.
 */
export function canaryChanges(pod: Raw, input: CanaryInput): CanaryPlan {
  const { planId, stateNamespace, policyChangeId, suffix } = input
  const { namespace, labels: wanted } = metaOf(pod)
  const node = textAt(specOf(pod), 'nodeName')
  const named = (role: string) => objectName(planId, suffix === undefined ? role : `${role}-${suffix}`)
  const id = (role: string) => (suffix === undefined ? role : `${role}-${suffix}`)
  const canaries = {
    node,
    twin: { namespace, name: named('twin') },
    a: { namespace: stateNamespace, name: named('control-a') },
    b: { namespace: stateNamespace, name: named('control-b') },
  }
  const { labels, impossible: published, notes } = unpublished(wanted, input)
  const impossible = whyImpossible(pod, namespace, stateNamespace) ?? published
  if (impossible !== undefined) return { changes: [], canaries, impossible, notes }
  const account = textAt(specOf(pod), 'serviceAccountName')
  const bare = canaryPod(canaries.twin, {
    node,
    image: input.image,
    labels: { ...labels, [planLabel]: planId },
    gate: true,
    account,
  })
  const twin: CreateChange = {
    ...bare,
    body: {
      ...bare.body,
      metadata: { ...bare.body.metadata, ownerReferences: [ownerOf(input.policyName ?? objectName(planId))] },
    },
    id: id('twin'),
    why: `a twin of the pod on node ${node}: what it cannot reach the pod cannot reach`,
    risk: 'while it lives (seconds) a disruption budget or autoscaler that selects the pod counts one pod more, which is not ready',
    owner: policyChangeId,
  }
  const controls = (['a', 'b'] as const).map(
    (which): CreateChange => ({
      ...canaryPod(canaries[which], {
        node,
        image: input.image,
        labels: { [planLabel]: planId, [canaryLabel]: `control-${which}` },
        gate: false,
        account: '',
      }),
      id: id(`control-${which}`),
      why: `a control on node ${node}: shows that pods there can connect at all`,
    }),
  )
  return { changes: [twin, ...controls], canaries, notes }
}

// Without it the pod is an orphan, which a controller that selects its labels adopts, and then deletes one of its pods (seen with a
// DaemonSet). Its uid is known once the policy is made.
const ownerOf = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  name,
  controller: true,
})

const canaryLabel = `${markPrefix}canary`

function whyImpossible(pod: Raw, namespace: string, stateNamespace: string): string | undefined {
  const spec = specOf(pod)
  if (spec['hostNetwork'] === true) return 'the pod is on the host network, where no policy reaches it'
  if (textAt(spec, 'nodeName') === '') return 'the pod is on no node yet'
  const system = textAt(recordAt(spec, 'os'), 'name') || textAt(recordAt(spec, 'nodeSelector'), 'kubernetes.io/os')
  if (system === 'windows') return 'the pod runs on Windows, for which there is no canary'
  if (namespace === stateNamespace)
    return `the pod is in ${stateNamespace} itself: the controls would not be apart from it`
  return undefined
}

/** The labels less what would make a Service send to a pod that is not ready. */
function unpublished(
  wanted: Record<string, string>,
  { services, policyKeys }: CanaryInput,
): { labels: Record<string, string>; impossible?: string; notes: string[] } {
  const labels = { ...wanted }
  const notes: string[] = []
  for (const service of services) {
    const spec = specOf(service)
    const selector = stringsAt(spec, 'selector')
    const keys = Object.keys(selector)
    const selected = keys.length > 0 && keys.every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key])
    if (spec['publishNotReadyAddresses'] !== true || !selected) continue
    const { name } = metaOf(service)
    const free = keys.find((key) => policyKeys && !policyKeys.has(key) && !key.startsWith(quarantineLabelPrefix))
    if (free === undefined) {
      const impossible = `Service ${name} sends to pods that are not ready (publishNotReadyAddresses), so a twin would get its traffic, and no label can be left out without a policy seeing the twin differently`
      return { labels, impossible, notes }
    }
    delete labels[free]
    notes.push(
      `the twin does without the label ${free}, which no policy looks at, so that Service ${name} does not take it in`,
    )
  }
  return { labels, notes }
}
