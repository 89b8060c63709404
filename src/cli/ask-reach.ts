import type { ConnectionOptions } from '../cluster/connect.ts'
import { worldOf } from '../network/decode-world.ts'
import { enforcementOf } from '../network/enforcer.ts'
import { networkOf } from '../network/network.ts'
import { streamReach } from '../network/reach.ts'
import type { ReachQuery, ReachStream } from '../network/reach-report.ts'
import { networkObjectsFromCluster, networkObjectsFromFiles, type NetworkObjects } from '../snapshot/network-objects.ts'
import { startProgress } from '../terminal/progress.ts'
import { keepRowsYoung } from './memory.ts'
import { withCluster } from './session.ts'

/** The whole of reach: the objects, live or from files, and the question, which may be about the namespace one is in. */
export async function askReach(
  paths: string[] | undefined,
  options: ConnectionOptions,
  queryIn: (namespace: string) => ReachQuery,
): Promise<ReachStream> {
  keepRowsYoung()
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

function answer(found: NetworkObjects, query: ReachQuery): ReachStream {
  const unread = (['ServiceAccount', 'Tier', 'NetworkSet', 'HostEndpoint'] as const).filter((kind) =>
    found.unread.some((name) => name.endsWith(kind)),
  )
  const { enforcer, warnings, ...enforcement } = enforcementOf(found.objects, found)
  const world = worldOf(found.objects, { enforcer, unread })
  world.gaps.push(...found.gaps)
  world.notes.push(...warnings)
  const { groups, rows, ...head } = streamReach(networkOf(world), query)
  return { ...head, enforcement, groups, rows }
}
