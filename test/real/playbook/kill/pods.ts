import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { podPath } from '../../../../src/cluster/object-path.ts'
import { type ApiObject, patchObject } from '../../../../src/cluster/write.ts'
import type { Place } from '../../change/matrix/stage.ts'
import { digestOf } from './around.ts'

/** Says of the pods of a place that they run, as a kubelet would. */
export async function runsAs(cluster: Cluster, { space }: Place): Promise<void> {
  const { items } = await cluster.json<{ items: ApiObject[] }>({ path: `/api/v1/namespaces/${space}/pods` })
  const startedAt = new Date().toISOString().replace(/\.\d+/, '')
  for (const { metadata, spec } of items as (ApiObject & {
    spec: { containers: { name: string; image: string }[] }
  })[]) {
    const statuses = spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: `${image.replace(/:1$/, '')}@${digestOf(space)}`,
      containerID: `containerd://${'ab'.repeat(32)}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt } },
    }))
    await patchObject(cluster, `${podPath(space, metadata.name)}/status`, [
      { op: 'add', path: '/status/phase', value: 'Running' },
      { op: 'add', path: '/status/conditions', value: [{ type: 'Ready', status: 'True' }] },
      { op: 'add', path: '/status/podIP', value: '10.99.1.9' },
      { op: 'add', path: '/status/podIPs', value: [{ ip: '10.99.1.9' }] },
      { op: 'add', path: '/status/containerStatuses', value: statuses },
    ])
  }
}
