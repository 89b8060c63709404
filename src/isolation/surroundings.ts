import type { Cluster } from '../cluster/cluster.ts'
import { networkObjectsFromCluster, type NetworkObjects } from '../snapshot/network-objects.ts'
import { snapshotFromCluster } from '../snapshot/from-cluster.ts'
import type { Gap, Snapshot } from '../snapshot/snapshot.ts'
import { type Getter, getterOf, type Kind, kinds } from './get.ts'
import { controllerOf, metaOf, type OwnerRef, type Raw } from './raw.ts'
import type { Scene } from './scene.ts'

/** What the verdict and the warnings need beside the scene. The cut does not wait for it. */
export type Surroundings = {
  network: NetworkObjects
  rbac: Snapshot
  /** Workloads above the pods' controllers, as far as they are of Kubernetes' own kinds; of others only the reference is known. */
  workloads: Raw[]
  operators: OwnerRef[]
  budgets: Raw[]
  autoscalers: Raw[]
  claims: Raw[]
  /** Every pod of the namespaces: who else mounts the same volumes. */
  neighbours: Raw[]
  gaps: Gap[]
}

const budgets: Kind = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', resource: 'poddisruptionbudgets' }
const horizontal: Kind = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
}
const vertical: Kind = {
  apiVersion: 'autoscaling.k8s.io/v1',
  kind: 'VerticalPodAutoscaler',
  resource: 'verticalpodautoscalers',
}
const claims: Kind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', resource: 'persistentvolumeclaims' }

/** Reads them, all at once. What the user may not read is a gap. Throws SecureError where the cluster does not answer. */
export async function readForVerdict(
  cluster: Cluster,
  scene: Scene,
  onProgress: (objects: number) => void = () => {},
): Promise<Surroundings> {
  const gaps: Gap[] = []
  const get = getterOf(cluster, gaps)
  const spaces = [...new Set(scene.pods.map((pod) => metaOf(pod).namespace))]
  const one = spaces.length === 1 ? spaces[0] : undefined
  const hides = 'who may work against the isolation'
  const reading = networkObjectsFromCluster(cluster, onProgress)
  const lists = [horizontal, ...(scene.served.has(vertical.apiVersion) ? [vertical] : [])]
  const [network, rbac, above, found, autoscalers, volumes] = await Promise.all([
    reading,
    snapshotFromCluster(cluster, () => ({ roleBindingsOf: one ?? '*' })),
    readAbove(get, scene),
    get.all(budgets, one, { hides }),
    Promise.all(lists.map((kind) => get.all(kind, one, { hides }))),
    get.all(claims, one, { hides: 'which volumes are shared' }),
  ])
  return {
    network,
    rbac,
    ...above,
    budgets: found,
    autoscalers: autoscalers.flat(),
    claims: volumes,
    neighbours: network.objects.filter((raw) => raw['kind'] === 'Pod' && spaces.includes(metaOf(raw).namespace)),
    gaps,
  }
}

const known = new Map<string, Kind>(
  [kinds.deployments, kinds.cronJobs].map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]),
)

/** One step up from each controller: from ReplicaSets to Deployments, from Jobs to CronJobs, from anything to its operator. */
async function readAbove(get: Getter, { pods, owners }: Scene): Promise<Pick<Surroundings, 'workloads' | 'operators'>> {
  const have = new Set(owners.map((raw) => metaOf(raw).uid))
  const refs = [...pods, ...owners].flatMap((raw) => {
    const ref = controllerOf(raw)
    return ref && !have.has(ref.uid) ? [[ref.uid, { ref, namespace: metaOf(raw).namespace }] as const] : []
  })
  const distinct = [...new Map(refs).values()]
  const workloads = await Promise.all(
    distinct.map(async ({ ref, namespace }) => {
      const kind = known.get(`${ref.apiVersion}/${ref.kind}`)
      return kind && (await get.maybe(kind, namespace, ref.name, 'who manages the workload'))
    }),
  )
  return {
    workloads: [...owners, ...workloads.filter((raw) => raw !== undefined)],
    operators: distinct.filter(({ ref }) => !/^(?:(?:apps|batch)\/)?v1$/.test(ref.apiVersion)).map(({ ref }) => ref),
  }
}
