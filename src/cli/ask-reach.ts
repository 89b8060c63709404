import type { Change, ObjectRef, Plan } from '../change/plan.ts'
import type { ConnectionOptions } from '../cluster/connect.ts'
import { worldOf } from '../network/decode-world.ts'
import { diffReach } from '../network/diff-reach.ts'
import { type Enforcement, enforcementOf } from '../network/enforcer.ts'
import { type Network, networkOf } from '../network/network.ts'
import { streamReach } from '../network/reach.ts'
import type { ReachDiffReport, ReachQuery, ReachStream } from '../network/reach-report.ts'
import {
  networkObjectsFrom,
  networkObjectsFromCluster,
  networkObjectsFromFiles,
  type NetworkObjects,
} from '../snapshot/network-objects.ts'
import { startProgress } from '../terminal/progress.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { keepRowsYoung } from './memory.ts'
import { withCluster } from './session.ts'

/** The whole of reach: the objects, live, of evidence or from files, and the question, which may be about the namespace one is in. */
export async function askReach(
  flags: SnapshotFlags,
  options: ConnectionOptions,
  queryIn: (namespace: string) => ReachQuery,
): Promise<ReachStream> {
  keepRowsYoung()
  const { found, namespace, notes = [] } = await readObjects(flags, options)
  const { enforcer, warnings, ...enforcement } = enforcementOf(found.objects, found)
  const network = networkFrom(found, found.objects, { enforcer, warnings })
  const { groups, rows, ...head } = streamReach(network, queryIn(namespace))
  return { ...head, notes: [...head.notes, ...notes], enforcement, groups, rows }
}

/** What a plan would open or cut, of all that is there; nothing of it is applied. */
export async function askReachDiff(
  flags: SnapshotFlags,
  options: ConnectionOptions,
  plan: Plan,
  query: ReachQuery,
): Promise<ReachDiffReport> {
  const { found, notes = [] } = await readObjects(flags, options)
  // Only here, so that a question without a plan does not load what plans are made of.
  const [{ applyChanges }, { describeRef }] = await Promise.all([
    import('../change/planned.ts'),
    import('../change/describe-ref.ts'),
  ])
  // Canaries and helpers are gone again when the plan is done.
  const changes = plan.changes.filter(({ temporary }) => !temporary)
  const after = applyChanges(found.objects, changes)
  // Asked of what is there: who carries policies out is the same for both.
  const enforcement = enforcementOf(found.objects, found)
  const [now, then] = [networkFrom(found, found.objects, enforcement), networkFrom(found, after, enforcement)]
  const report = diffReach(now, then, query)
  const missing = missingOf(changes, found).map(
    (ref) =>
      `the plan is about ${describeRef(ref)}, which is not there: the plan is out of date, or of another cluster`,
  )
  return { ...report, notes: [...report.notes, ...missing, ...notes] }
}

async function readObjects(
  flags: SnapshotFlags,
  options: ConnectionOptions,
): Promise<{ found: NetworkObjects; namespace: string; notes?: string[] }> {
  const { snapshot: paths = [] } = flags
  if (paths.length > 0) {
    const namespace = options.namespace || 'default'
    const { evidenceSource } = await import('./evidence-source.ts')
    const evidence = await evidenceSource(flags, namespace)
    if (!evidence) return { found: await networkObjectsFromFiles(paths), namespace }
    return { found: await networkObjectsFrom(evidence), namespace, notes: evidence.notes }
  }
  return await withCluster(options, async (cluster) => {
    const progress = startProgress('reading pods and policies')
    try {
      return { found: await networkObjectsFromCluster(cluster, progress.update), namespace: cluster.namespace }
    } finally {
      progress.stop()
    }
  })
}

function networkFrom(
  found: NetworkObjects,
  objects: NetworkObjects['objects'],
  { enforcer, warnings }: Pick<Enforcement, 'enforcer' | 'warnings'>,
): Network {
  const world = worldOf(objects, { enforcer, unread: found.unread })
  world.gaps.push(...found.gaps)
  world.notes.push(...warnings)
  return networkOf(world)
}

// A plan that was made of other objects says nothing of these.
function missingOf(changes: Change[], { objects }: NetworkObjects): ObjectRef[] {
  const uids = new Set(objects.map((raw) => (raw['metadata'] as { uid?: unknown } | undefined)?.uid))
  return changes
    .filter((change) => change.do === 'patch' && change.ref.resource === 'pods' && !uids.has(change.ref.uid))
    .map(({ ref }) => ref)
}
