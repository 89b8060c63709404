import type { Change } from '../change/plan.ts'
import { controllerOf, metaOf, type Raw, recordAt, specOf, statusOf, textAt } from '../isolation/raw.ts'
import { selector as selectorIn } from '../snapshot/decode.ts'
import type { LabelSelector } from '../snapshot/objects.ts'
import { selects } from '../workload/label-selector.ts'
import type { LockdownScene } from './model.ts'
import { groundOf } from './network/ground.ts'
import type { PlannedRule } from './network/policies.ts'

/** Pods that the rules let through, by labels: on either side, of any namespace. `owners`: whose pods they were when it was planned. */
export type Meant = { namespace: string; selector: LabelSelector; name: string; owners: string[] }

/** Whom rules and the policies that carry them mean, as it is now; whole namespaces are left out, as all that is in them is meant. Pure. */
export function meantBy(scene: LockdownScene, changes: readonly Change[], rules: readonly PlannedRule[]): Meant[] {
  const { workloads, namespace } = groundOf(scene)
  const workloadOf = new Map(rules.map(({ policy, workload }) => [policy, workload]))
  const subjects = changes.flatMap((change): Omit<Meant, 'owners'>[] => {
    if (change.do !== 'create' || !workloadOf.has(change.ref.name)) return []
    const selector = selectorIn(recordAt(specOf(change.body), 'podSelector'), 'podSelector')
    return [{ namespace, selector, name: workloadOf.get(change.ref.name) ?? '' }]
  })
  const peers = rules.flatMap(({ peer }) => (peer.kind === 'pods' ? [peer] : []))
  const found = [...subjects, ...peers].filter(({ selector }) => !isEverything(selector))
  const distinct = new Map(found.map((one) => [JSON.stringify([one.namespace, one.selector]), one]))
  const byNamespace = podsOf(scene)
  return [...distinct.values()].map(({ namespace: space, selector, name }): Meant => {
    const pods = (byNamespace.get(space) ?? []).filter((pod) => selects(selector, metaOf(pod).labels))
    const own = space === namespace ? workloads.filter(({ labels }) => selects(selector, labels)) : []
    const owners = [...pods.map(ownerOf), ...own.map(({ ref }) => `${ref.kind}/${ref.name}`)]
    return { namespace: space, selector, name, owners: [...new Set(owners)].toSorted() }
  })
}

/** Pods that rules mean now, and whose owners they did not mean when it was planned; each in words. Pure. */
export function newlyMeant(scene: LockdownScene, meant: readonly Meant[]): string[] {
  const byNamespace = podsOf(scene)
  const found = new Map<string, Set<string>>()
  for (const { namespace, selector, name, owners } of meant) {
    const known = new Set(owners)
    for (const pod of byNamespace.get(namespace) ?? []) {
      if (!selects(selector, metaOf(pod).labels) || known.has(ownerOf(pod))) continue
      const key = `Pod ${namespace}/${metaOf(pod).name}`
      found.set(key, (found.get(key) ?? new Set()).add(name))
    }
  }
  return [...found].map(
    ([pod, names]) => `${pod} has the labels by which the rules know ${[...names].slice(0, 3).join(', ')}`,
  )
}

/** Whom a selection chooses now: the pods, and who makes them. Pure. */
export function chosenBy(scene: LockdownScene, selection: LabelSelector): string[] {
  const pods = (podsOf(scene).get(metaOf(scene.namespace).name) ?? []).filter((pod) =>
    selects(selection, metaOf(pod).labels),
  )
  return [...new Set(pods.flatMap((pod) => [ownerOf(pod), nameOf(pod)]))].toSorted()
}

/** Pods that were chosen, and are not any more since their labels were changed; each in words. Pure. */
export function noLongerChosen(scene: LockdownScene, selection: LabelSelector, chosen: readonly string[]): string[] {
  const known = new Set(chosen)
  const { name } = metaOf(scene.namespace)
  return (podsOf(scene).get(name) ?? [])
    .filter((pod) => !selects(selection, metaOf(pod).labels) && (known.has(ownerOf(pod)) || known.has(nameOf(pod))))
    .map((pod) => `Pod ${name}/${metaOf(pod).name} has lost the labels by which it was chosen`)
}

const nameOf = (pod: Raw): string => `Pod/${metaOf(pod).name}`
const isEverything = ({ matchLabels, matchExpressions }: LabelSelector): boolean =>
  Object.keys(matchLabels).length === 0 && matchExpressions.length === 0

function podsOf({ network }: LockdownScene): Map<string, Raw[]> {
  const running = network.objects.filter(
    (raw) => raw['kind'] === 'Pod' && !['Succeeded', 'Failed'].includes(textAt(statusOf(raw), 'phase')),
  )
  return Map.groupBy(running, (pod) => metaOf(pod).namespace)
}

/** Who makes a pod, by a name that outlives a rollout and a run: a ReplicaSet's and a Job's own have a part that changes. */
function ownerOf(pod: Raw): string {
  const owner = controllerOf(pod)
  const { labels } = metaOf(pod)
  if (!owner) return nameOf(pod)
  const hash = labels['pod-template-hash'] ?? labels['rollouts-pod-template-hash']
  if (owner.kind === 'ReplicaSet' && hash !== undefined && hash !== '' && owner.name.endsWith(`-${hash}`))
    return `Deployment/${owner.name.slice(0, -hash.length - 1)}`
  // Source: cronjob controller, getJobName: the minute it was due.
  const due = owner.kind === 'Job' ? /^(.+)-\d{8,10}$/.exec(owner.name)?.[1] : undefined
  return due === undefined ? `${owner.kind}/${owner.name}` : `CronJob/${due}`
}
