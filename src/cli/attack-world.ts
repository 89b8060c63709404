import type { AttackWorld } from '../attack/model.ts'
import type { ConnectionOptions } from '../cluster/connect.ts'
import type { ApiResource } from '../cluster/discovery.ts'
import { computeAggregation } from '../rbac/aggregation.ts'
import { indexRbac } from '../rbac/rbac-index.ts'
import type { ClusterState } from '../snapshot/cluster-state.ts'
import { defaultResources } from '../snapshot/defaults/defaults.ts'
import { snapshotFrom } from '../snapshot/from-cluster.ts'
import { snapshotFromFiles } from '../snapshot/from-files.ts'
import { liveOrigin, type Origin } from '../snapshot/origin.ts'
import { stateFrom } from '../snapshot/read-state.ts'
import { stateBeside } from '../snapshot/read-state-files.ts'
import type { Gap, Snapshot } from '../snapshot/snapshot.ts'
import { startProgress } from '../terminal/progress.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { keepNewSpaceSmall } from './memory.ts'
import { withCluster } from './session.ts'

/** What paths and risks are asked of, with what could not be read of either half. */
export type ReadWorld = AttackWorld & {
  /** Of -n, of the context, or `default`. */
  namespace: string
  /** Those of the snapshot and of the state. */
  gaps: Gap[]
  notes: string[]
}

/**
 * Reads RBAC and the state beside it, at the same time and each list once, of what the flags name: a live cluster, a bundle of evidence, or
 * manifests. Throws SecureError where it cannot be read at all; what is refused is a gap.
 */
export async function withAttackWorld(flags: SnapshotFlags, options: ConnectionOptions): Promise<ReadWorld> {
  keepNewSpaceSmall()
  const { snapshot: paths = [] } = flags
  if (paths.length === 0) {
    return await withCluster(options, async (cluster, release) => {
      const progress = startProgress('reading RBAC, pods and what is around them')
      const counted = [0, 0]
      const count = (half: 0 | 1) => (objects: number) => {
        counted[half] = objects
        progress.update(counted.reduce((one, other) => one + other))
      }
      const origins: [Origin, Origin] = [liveOrigin(cluster, count(0)), liveOrigin(cluster, count(1))]
      const read = await readBoth(...origins).finally(progress.stop)
      release()
      return worldOf(...read, cluster.namespace)
    })
  }
  const namespace = options.namespace || 'default'
  const { evidenceSource } = await import('./evidence-source.ts')
  const evidence = await evidenceSource(flags, namespace)
  const progress = startProgress(evidence ? 'reading the evidence' : 'reading the manifests')
  const read = await (evidence ? readBoth(evidence, evidence) : readFiles(paths)).finally(progress.stop)
  return worldOf(...read, namespace)
}

// Both need to know which types there are; that is asked once.
async function readBoth(rights: Origin, beside: Origin): Promise<[Snapshot, ClusterState]> {
  const known = Promise.withResolvers<ApiResource[]>()
  const plan = (resources: ApiResource[]) => {
    known.resolve(resources)
    return { roleBindingsOf: '*' }
  }
  const taken = snapshotFrom(rights, plan)
  taken.catch(known.reject)
  return await Promise.all([taken, known.promise.then(async (resources) => await stateFrom(beside, resources))])
}

async function readFiles(paths: string[]): Promise<[Snapshot, ClusterState]> {
  const beside = stateBeside()
  const [taken, known] = await Promise.all([snapshotFromFiles(paths, beside), defaultResources()])
  const { clusterRoles, computed } = computeAggregation(taken.clusterRoles)
  taken.clusterRoles = clusterRoles
  for (const name of computed)
    taken.notes.push(`ClusterRole ${name}: its aggregated rules are computed, as the controller would`)
  taken.resources = [...known, ...taken.customResources]
  return [taken, beside.state()]
}

function worldOf(snapshot: Snapshot, state: ClusterState, namespace: string): ReadWorld {
  const { pods, namespaces, accounts } = state
  const whole: Snapshot = { ...snapshot, pods, namespaces, serviceAccounts: accounts }
  return {
    snapshot: whole,
    index: indexRbac(whole),
    state,
    namespace,
    gaps: [...snapshot.gaps, ...state.gaps],
    notes: snapshot.notes,
  }
}
