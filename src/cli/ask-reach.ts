import type { ConnectionOptions } from '../cluster/connect.ts'
import { worldOf } from '../network/decode-world.ts'
import type { Enforcer } from '../network/model.ts'
import { networkOf } from '../network/network.ts'
import { reach } from '../network/reach.ts'
import type { ReachQuery, ReachReport } from '../network/reach-report.ts'
import { networkObjectsFromCluster, networkObjectsFromFiles, type NetworkObjects } from '../snapshot/network-objects.ts'
import { startProgress } from '../terminal/progress.ts'
import { withCluster } from './session.ts'

/** The whole of reach: the objects, live or from files, and the question, which may be about the namespace one is in. */
export async function askReach(
  paths: string[] | undefined,
  options: ConnectionOptions,
  queryIn: (namespace: string) => ReachQuery,
): Promise<ReachReport> {
  if (paths && paths.length > 0) {
    return answer(await networkObjectsFromFiles(paths), queryIn(options.namespace || 'default'))
  }
  return await withCluster(options, async (cluster) => {
    const progress = startProgress('reading pods and policies')
    try {
      return answer(await networkObjectsFromCluster(cluster, progress.update), queryIn(cluster.namespace))
    } finally {
      progress.stop()
    }
  })
}

function answer(found: NetworkObjects, query: ReachQuery): ReachReport {
  const unread = (['ServiceAccount', 'Tier', 'NetworkSet', 'HostEndpoint'] as const).filter((kind) =>
    found.unread.some((name) => name.endsWith(kind)),
  )
  const world = worldOf(found.objects, { enforcer: enforcerOf(found), unread })
  world.gaps.push(...found.gaps)
  return reach(networkOf(world), query)
}

// Whose API objects are there tells who carries policies out; neither proves that it runs.
function enforcerOf({ groups }: NetworkObjects): Enforcer {
  const calico = groups.has('crd.projectcalico.org') || groups.has('projectcalico.org')
  const cilium = groups.has('cilium.io')
  if (calico === cilium) return 'unidentified'
  return calico ? 'calico' : 'cilium'
}
