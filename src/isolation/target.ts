import { inParallel } from '../cluster/in-parallel.ts'
import { SecureError } from '../errors.ts'
import { type Getter, type Kind, kinds } from './get.ts'
import { isFinished } from './plan-suspend.ts'
import { controllerOf, metaOf, type Raw } from './raw.ts'
import type { Target } from './report.ts'
import type { PodSet, TargetQuery } from './scene.ts'

export type Found = {
  target: Target[]
  pods: Raw[]
  /** The workloads on the way from the target to its pods, the target itself first. */
  workloads: Raw[]
}

const workloadKinds: { [K in Target['kind']]?: Kind } = {
  Deployment: kinds.deployments,
  ReplicaSet: kinds.replicaSets,
  StatefulSet: kinds.statefulSets,
  DaemonSet: kinds.daemonSets,
  Job: kinds.jobs,
  CronJob: kinds.cronJobs,
}
/** What stands between a workload and its pods. */
const between: { [K in Target['kind']]?: Kind } = { Deployment: kinds.replicaSets, CronJob: kinds.jobs }

/**
 * The pods that a target means. Those of a workload are found by their owners' uids and never by labels, which whoever may patch
 * pods can forge. Throws SecureError: `not-found`, `usage` where it means no pod, or `conflict` where one of a set is another by now.
 */
export async function findPods(get: Getter, query: TargetQuery | PodSet): Promise<Found> {
  if ('pods' in query) return await findSet(get, query)
  if ('selector' in query) {
    const { selector, namespace } = query
    const pods = await get.all(kinds.pods, namespace, { query: `labelSelector=${encodeURIComponent(selector)}` })
    if (pods.length === 0) throw none(`no pod in namespace ${namespace} has the labels ${selector}`)
    return { target: pods.map((pod) => targetOf('Pod', pod)), pods, workloads: [] }
  }
  const { kind, name } = query
  if (query.kind === 'Node') {
    const [node, pods] = await Promise.all([
      get.one(kinds.nodes, undefined, name),
      get.all(kinds.pods, undefined, { query: `fieldSelector=${encodeURIComponent(`spec.nodeName=${name}`)}` }),
    ])
    return { target: [targetOf('Node', node)], pods, workloads: [node] }
  }
  const { namespace } = query
  if (kind === 'Pod') {
    const pod = await get.one(kinds.pods, namespace, name)
    return { target: [targetOf('Pod', pod)], pods: [pod], workloads: [] }
  }
  if (kind === 'ServiceAccount') {
    const [account, pods] = await Promise.all([
      get.one(kinds.accounts, namespace, name),
      get.all(kinds.pods, namespace, {
        query: `fieldSelector=${encodeURIComponent(`spec.serviceAccountName=${name}`)}`,
      }),
    ])
    return { target: [targetOf('ServiceAccount', account)], pods, workloads: [] }
  }
  const workloadKind = workloadKinds[kind]
  if (!workloadKind) throw new TypeError(`${kind} is no kind of target`)
  const middleKind = between[kind]
  const [workload, middle, pods] = await Promise.all([
    get.one(workloadKind, namespace, name),
    middleKind ? get.all(middleKind, namespace) : [],
    get.all(kinds.pods, namespace),
  ])
  return { target: [targetOf(kind, workload)], ...ownedPods(workload, middle, pods) }
}

async function findSet(get: Getter, { pods: wanted }: PodSet): Promise<Found> {
  const pods = await inParallel([...wanted], async ({ namespace, name, uid }) => {
    const pod = await get.one(kinds.pods, namespace, name)
    if (metaOf(pod).uid === uid) return pod
    throw new SecureError('conflict', `pod ${namespace}/${name} is another one now: its uid was ${uid}`)
  })
  return { target: pods.map((pod) => targetOf('Pod', pod)), pods, workloads: [] }
}

/** The pods whose chain of controllers leads to a workload; and that chain, without what is over. */
export function ownedPods(workload: Raw, middle: Raw[], pods: Raw[]): Pick<Found, 'pods' | 'workloads'> {
  const top = metaOf(workload).uid
  const links = middle.filter((raw) => controllerOf(raw)?.uid === top)
  const uids = new Set([top, ...links.map((raw) => metaOf(raw).uid)])
  const owned = pods.filter((pod) => uids.has(controllerOf(pod)?.uid ?? ''))
  const used = new Set(owned.map((pod) => controllerOf(pod)?.uid))
  // A Job that has no pod just now starts one yet.
  const counts = (raw: Raw) => used.has(metaOf(raw).uid) || (raw['kind'] === 'Job' && !isFinished(raw))
  return { pods: owned, workloads: [workload, ...links.filter(counts)] }
}

function targetOf(kind: Target['kind'], raw: Raw): Target {
  const { namespace, name, uid } = metaOf(raw)
  return { kind, ...(namespace === '' ? {} : { namespace }), name, uid }
}

function none(message: string): SecureError {
  return new SecureError('not-found', message, { hint: 'kubectl get pods --show-labels shows what there is' })
}
