import { escapeWarnings } from './warnings-escape.ts'
import type { PodPlan } from './plan-pods.ts'
import { listAt, metaOf, numberAt, type Raw, specOf, statusOf, textAt } from './raw.ts'
import type { IsolationWarning } from './report.ts'
import type { Scene } from './scene.ts'
import { type About, named, nameOf, together } from './warnings-together.ts'

/** What the plan itself, and the pods as they are, have to be warned of; more is found in their surroundings. */
export function cutWarnings(scene: Scene, plans: PodPlan[], overlayNotes: string[]): IsolationWarning[] {
  const byUid = new Map(scene.pods.map((pod) => [metaOf(pod).uid, pod]))
  const found = plans.flatMap((plan) => {
    const pod = byUid.get(plan.ref.uid)
    return pod
      ? [
          ...standingWarnings(plan),
          ...ownerWarnings(plan, pod),
          ...serviceWarnings(plan, scene),
          ...escapeWarnings(plan, pod),
        ]
      : []
  })
  return [
    ...together(found),
    ...nodeWarnings(scene, plans),
    ...enforcerWarnings(scene, plans, overlayNotes),
    ...alwaysOpen(plans),
  ]
}

function standingWarnings({ ref, notes }: PodPlan): About[] {
  return notes.map((text) => ({ kind: 'host', text, pods: nameOf(ref) }))
}

function ownerWarnings({ ref, ownership, strip, standing }: PodPlan, pod: Raw): About[] {
  const { how, ref: owner } = ownership
  if (!owner || standing !== 'enforceable') return []
  const pods = nameOf(ref)
  const whose = `${owner.kind} ${owner.name}`
  if (how === 'detach' && strip.length > 0) {
    return [
      {
        kind: 'replacement',
        pods,
        text: `${whose} starts another pod in its place, from the same image (${named(imagesOf(pod))}): if the way in was the image or the service, it is in again`,
        next: `stop it once the pod is off its owner: kubectl scale to 0, or suspend, the workload that ${whose} is of`,
      },
    ]
  }
  const text =
    how === 'keep'
      ? `${whose} goes on owning it, since it would lose its name, its volumes or its place otherwise; what selects it by the same labels still does`
      : `${whose} owns it, and what that does when labels change is not known: no label of its own was touched`
  return [
    { kind: 'controller', pods, text, next: 'a rollout, a scale-down or the operator may delete it: pause that first' },
  ]
}

function serviceWarnings({ ref, services }: PodPlan, scene: Scene): About[] {
  return services.map((name) => {
    const service = scene.services.find((raw) => metaOf(raw).name === name && metaOf(raw).namespace === ref.namespace)
    const always = service && specOf(service)['publishNotReadyAddresses'] === true ? ', ready or not' : ''
    return {
      kind: 'service',
      pods: nameOf(ref),
      text: `Service ${name} still sends clients to it${always}: theirs time out`,
    }
  })
}

/** A node has pods that the cluster itself needs. */
function nodeWarnings({ target, pods }: Scene, plans: PodPlan[]): IsolationWarning[] {
  if (!target.some(({ kind }) => kind === 'Node')) return []
  const system = plans.filter(({ ref, standing }) => ref.namespace === 'kube-system' && standing === 'enforceable')
  const brief = pods.flatMap((pod) =>
    listAt(specOf(pod), 'tolerations').flatMap((one) =>
      textAt(one, 'effect') === 'NoExecute' ? (numberAt(one, 'tolerationSeconds') ?? []) : [],
    ),
  )
  return [
    {
      kind: 'host',
      text: 'the node itself, and all on its network, is not cut off: no policy here is about it',
      next: 'a Cilium host policy, a Calico HostEndpoint, or the security group of the machine',
    },
    ...(system.length > 0
      ? [
          {
            kind: 'service' as const,
            text: `pods that the cluster itself uses are cut off too: ${named(system.map(({ ref }) => nameOf(ref)))}`,
          },
        ]
      : []),
    ...(brief.length > 0
      ? [
          {
            kind: 'disruption' as const,
            text: `once the node is taken for lost, its pods are deleted after ${Math.min(...brief)} s, and the evidence with them`,
            next: 'collect before cutting the network of the node itself',
          },
        ]
      : []),
  ]
}

function enforcerWarnings({ served, enforcer }: Scene, plans: PodPlan[], notes: string[]): IsolationWarning[] {
  const aws = [...served].some((group) => group.startsWith('networking.k8s.aws/'))
  return [
    ...notes.map((text): IsolationWarning => ({ kind: 'enforcer', text })),
    ...(aws && plans.some(({ ownership }) => ownership.ref)
      ? [
          {
            kind: 'enforcer' as const,
            text: "pods stay with their owners: on AWS' policy agent a pod without one may be open (aws-network-policy-agent#327)",
          },
        ]
      : []),
    ...(enforcer === 'unidentified'
      ? [
          {
            kind: 'enforcer' as const,
            text: 'nothing in the API tells who carries network policies out here, if anybody does: the probe has to show it',
          },
        ]
      : []),
  ]
}

function alwaysOpen(plans: PodPlan[]): IsolationWarning[] {
  if (!plans.some(({ standing }) => standing === 'enforceable')) return []
  return [
    {
      kind: 'bypass',
      text: "the pod's own node still reaches it, and all on that node's network do: by definition of NetworkPolicy, so that the kubelet can probe it",
    },
    {
      kind: 'bypass',
      text: 'exec, attach, port-forward and logs go through the kubelet and still work, for whoever took it over too',
      next: 'see below who may do so',
    },
  ]
}

function imagesOf(pod: Raw): string[] {
  const ids = listAt(statusOf(pod), 'containerStatuses').map(
    (status) => textAt(status, 'imageID') || textAt(status, 'image'),
  )
  const images = ids.filter((id) => id !== '')
  return images.length > 0 ? images : listAt(specOf(pod), 'containers').map((container) => textAt(container, 'image'))
}
