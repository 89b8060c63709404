import type { ClusterState, Escape, PodState } from '../../snapshot/cluster-state.ts'

/** Pods that are of one making, by what makes them: their names and numbers change, and a risk of theirs stays the same. */
export type Workload = {
  kind: string
  namespace: string
  name: string
  serviceAccount: string
  escapes: Escape[]
  /** Whether a token of the account is mounted into any of its pods; undefined without pods. */
  token?: boolean
  pods: PodState[]
}

/** The workloads of a cluster. Pods of a ReplicaSet or Job belong to the Deployment or CronJob whose name it begins with, where there is one. */
export function workloadsOf({ pods, workloads }: ClusterState): Workload[] {
  const found = new Map<string, Workload>()
  for (const { kind, namespace, name, serviceAccount, escapes } of workloads) {
    found.set(keyOf(kind, namespace, name), { kind, namespace, name, serviceAccount, escapes, pods: [] })
  }
  for (const pod of pods) {
    // What is done runs no more; what makes it again, is there by itself.
    if (pod.phase === 'Succeeded' || pod.phase === 'Failed') continue
    const { kind, name } = makerOf(pod, (kind, name) => found.has(keyOf(kind, pod.namespace, name)))
    const key = keyOf(kind, pod.namespace, name)
    const { namespace, serviceAccount, escapes } = pod
    const known = found.get(key) ?? { kind, namespace, name, serviceAccount, escapes: [], pods: [] }
    found.set(key, known)
    known.pods.push(pod)
    known.token = known.token === true || pod.token
    // Admission may have put more into pods than the template has.
    for (const escape of escapes)
      if (!known.escapes.some((other) => sameEscape(escape, other))) known.escapes = [...known.escapes, escape]
  }
  return [...found.values()].filter(({ kind, namespace, name, pods }) => {
    // A ReplicaSet of a Deployment that is there says nothing of its own.
    const maker = ownerName(kind, name)
    return pods.length > 0 || !maker || !found.has(keyOf(maker.kind, namespace, maker.name))
  })
}

function makerOf(
  { name, controller }: PodState,
  isThere: (kind: string, name: string) => boolean,
): { kind: string; name: string } {
  if (!controller) return { kind: 'Pod', name }
  const maker = ownerName(controller.kind, controller.name)
  if (maker && isThere(maker.kind, maker.name)) return maker
  // A DaemonSet's or StatefulSet's own; or of a kind that is not known, or gone.
  return controller.kind === 'Node' ? { kind: 'Pod', name } : controller
}

// `web-5d8f7c9b6` is of the Deployment web; `backup-28911234` of the CronJob backup.
function ownerName(kind: string, name: string): { kind: string; name: string } | undefined {
  const cut = name.lastIndexOf('-')
  if (cut <= 0) return undefined
  if (kind === 'ReplicaSet') return { kind: 'Deployment', name: name.slice(0, cut) }
  return kind === 'Job' ? { kind: 'CronJob', name: name.slice(0, cut) } : undefined
}

function sameEscape(one: Escape, other: Escape): boolean {
  return one.kind === other.kind && one.field === other.field && one.detail === other.detail
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind}\0${namespace}\0${name}`
}
