import { applyOps } from '../../../src/change/edits.ts'
import { collectionPath, objectPath } from '../../../src/cluster/object-path.ts'
import type { Change } from '../../../src/change/plan.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { getObject } from '../../../src/cluster/get-object.ts'
import { createObject, patchObject } from '../../../src/cluster/write.ts'
import { newPlanId } from '../../../src/change/id.ts'
import { computedOf } from '../../../src/isolation/computed.ts'
import { type IsolationPlan, planIsolation } from '../../../src/isolation/plan.ts'
import { readForCut } from '../../../src/isolation/read.ts'
import type { Computed } from '../../../src/isolation/report.ts'
import type { IsolateOptions, Scene, TargetQuery } from '../../../src/isolation/scene.ts'
import { networkObjectsFromCluster } from '../../../src/snapshot/network-objects.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { image } from './stage.ts'

export type Planned = { scene: Scene; plan: IsolationPlan; planId: string }

export async function planned(
  api: Cluster,
  query: TargetQuery,
  options: IsolateOptions = {},
  see: (scene: Scene) => Scene = (scene) => scene,
): Promise<Planned> {
  const scene = see(await readForCut(api, query, options))
  const planId = newPlanId()
  return { scene, planId, plan: planIsolation(scene, options, { planId, createdAt: new Date().toISOString() }) }
}

/** Stands in for the engine. */
export async function make(api: Cluster, change: Change, dryRun = false): Promise<void> {
  if (change.do === 'create') await createObject(api, collectionPath(change.ref), change.body, { dryRun })
  else if (change.do === 'patch') {
    const object = await getObject(api, objectPath(change.ref))
    if (!object) throw new Error(`${change.id} is about nothing`)
    await patchObject(api, objectPath(change.ref), applyOps(object, change.edits), { dryRun })
  } else throw new Error(`a plan to isolate has no ${change.do}`)
}

export async function computed(api: Cluster, { scene, plan }: Planned): Promise<Computed[]> {
  const { objects } = await networkObjectsFromCluster(api, () => {})
  const pods = plan.pods.map(({ ref }) => ref)
  return computedOf(objects, plan.changes, pods, { enforcer: scene.enforcer })
}

/** Whether a new connection from a pod gets through. */
export async function reaches(cluster: TestCluster, from: string, address: string): Promise<boolean> {
  const [space = '', name = ''] = from.split('/')
  const { code } = await cluster.exec([
    'kubectl',
    'exec',
    '-n',
    space,
    name,
    '--',
    '/agnhost',
    'connect',
    '--timeout=1s',
    address,
  ])
  return code === 0
}

const template = (labels: object, spec: object = {}) => ({
  metadata: { labels },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      { name: 'main', image, imagePullPolicy: 'Never', args: ['netexec', '--http-port=8080', '--udp-port=8081'] },
    ],
    ...spec,
  },
})

/** A workload of each kind in a namespace. */
export function workloads(space: string): object[] {
  const of = (apiVersion: string, kind: string, name: string, spec: object) => ({
    apiVersion,
    kind,
    metadata: { namespace: space, name },
    spec,
  })
  const plain = (app: string, spec: object = {}) => ({
    selector: { matchLabels: { app } },
    template: template({ app }, spec),
  })
  const job = { parallelism: 2, completions: 9, template: template({ app: 'crunch' }, { restartPolicy: 'Never' }) }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: space, name: 'robot' } },
    of('apps/v1', 'Deployment', 'web', { replicas: 2, ...plain('web', { serviceAccountName: 'robot' }) }),
    of('apps/v1', 'ReplicaSet', 'bare', { replicas: 1, ...plain('bare') }),
    of('apps/v1', 'StatefulSet', 'db', { replicas: 1, serviceName: 'db', ...plain('db') }),
    of('apps/v1', 'DaemonSet', 'agent', plain('agent')),
    of('batch/v1', 'Job', 'crunch', job),
    of('batch/v1', 'CronJob', 'nightly', { schedule: '0 0 1 1 *', jobTemplate: { spec: job } }),
    of('v1', 'Service', 'web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }),
  ]
}
