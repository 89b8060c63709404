import { expect, test } from 'vitest'
import { metaOf } from '../../../src/isolation/raw.ts'
import { ownedPods } from '../../../src/isolation/target.ts'
import { pod, replicaSet, workload } from './scenes.ts'

const deployment = workload('apps/v1', 'Deployment', 'shop/web', { matchLabels: { app: 'web' } })
const old = replicaSet('shop/web-1', 'web', '1', deployment)
const current = replicaSet('shop/web-2', 'web', '2', deployment)
const other = replicaSet('shop/api-1', 'web', '3')
const owned = pod('shop/owned', { app: 'web', 'pod-template-hash': '2' }, { owner: current })
const relabelled = pod('shop/relabelled', { app: 'x' }, { owner: current })

test('the pods of a workload are those that its controllers own, whatever their labels say', () => {
  const forged = pod('shop/forged', { app: 'web', 'pod-template-hash': '2' })
  const others = pod('shop/others', { app: 'web', 'pod-template-hash': '3' }, { owner: other })
  const namesake = pod(
    'shop/namesake',
    {},
    { owner: { ...current, metadata: { ...(current['metadata'] as object), uid: 'another' } } },
  )
  const notManaged = pod(
    'shop/not-managed',
    {},
    { metadata: { ownerReferences: [{ ...metaOf(current), kind: 'ReplicaSet', controller: false }] } },
  )
  const { pods, workloads } = ownedPods(
    deployment,
    [old, current, other],
    [owned, relabelled, forged, others, namesake, notManaged],
  )
  expect(pods).toEqual([owned, relabelled])
  expect(workloads).toEqual([deployment, current])
})

test('a Job of a CronJob counts without a pod, but not once it is over', () => {
  const cron = workload('batch/v1', 'CronJob', 'shop/nightly', {})
  const job = (name: string, status: object) => ({
    ...workload('batch/v1', 'Job', `shop/${name}`, {}, { owner: cron }),
    status,
  })
  const jobs = [
    job('waits', {}),
    job('failed', { conditions: [{ type: 'Failed', status: 'True' }] }),
    job('runs', { conditions: [{ type: 'Complete', status: 'False' }] }),
  ]
  expect(ownedPods(cron, jobs, []).workloads.map((raw) => metaOf(raw).name)).toEqual(['nightly', 'waits', 'runs'])
})

test('the pods of a workload without anything between are its own', () => {
  const set = workload('apps/v1', 'StatefulSet', 'shop/db', { matchLabels: { app: 'db' } })
  const mine = pod('shop/db-0', {}, { owner: set })
  expect(ownedPods(set, [], [mine, owned]).pods).toEqual([mine])
})
