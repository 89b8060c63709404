import { join } from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'
import { collect } from './collect.ts'
import type { Around } from './open.ts'

export type QuickTarget = { namespace: string; name: string; uid: string }
export type QuickEvidence = { directory: string; complete: boolean; missing: string[] }

// Enough for what led to an alert, and never the disk of a tired responder.
const maxLogBytes = 32 * 1024 * 1024
// Beside a cut, which comes first.
const concurrency = 4

/**
 * The evidence that is first to go, of a few pods: the objects, their events and owners, and the logs of every container, current and
 * previous, as a case in a directory of its own below `parent`. What could not be had is named in `missing`; throws SecureError where the
 * directory cannot be written or the cluster does not answer.
 */
export async function collectQuick(
  cluster: Cluster,
  pods: QuickTarget[],
  parent: string,
  around: Omit<Around, 'directory'> & { incident?: string | undefined },
): Promise<QuickEvidence> {
  const { incident, ...rest } = around
  const report = await collect(cluster, {
    ...rest,
    directory: join(parent, around.id),
    request: {
      targets: [],
      pods: pods.map(({ namespace, name, uid }) => ({ namespace, name, uid })),
      namespace: cluster.namespace,
      all: false,
      profile: 'quick',
      ...(incident !== undefined && { incident }),
      auditLogs: [],
      concurrency,
      maxLogBytes,
    },
  })
  return {
    directory: report.directory,
    complete: report.status === 'complete',
    missing: report.gaps.map(({ what, why }) => `${what}: ${why}`),
  }
}
