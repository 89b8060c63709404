import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../change/engine.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { getObject } from '../cluster/write.ts'

/** What rehearses on a snapshot as if it was a cluster: nobody's, and with no memory of its own. Nothing is written to its folder. */
export async function snapshotEngine(cluster: Cluster, stateNamespace: string): Promise<Engine> {
  const system = await getObject(cluster, '/api/v1/namespaces/kube-system').catch(() => undefined)
  return {
    cluster,
    clusterId: system?.metadata.uid ?? 'snapshot',
    user: { name: 'nobody', groups: [] },
    stateDir: join(tmpdir(), 'kubectl-secure-rehearsal'),
    stateNamespace,
    holder: '',
    now: () => new Date(),
    warn: () => {},
  }
}
