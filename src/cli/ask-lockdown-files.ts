import type { ConnectionOptions } from '../cluster/connect.ts'
import { manifestFiles } from '../lockdown/emit.ts'
import type { LockdownScene } from '../lockdown/model.ts'
import { planForFiles } from '../lockdown/offline.ts'
import type { LockdownPlan } from '../lockdown/plan.ts'
import { readScenes } from '../lockdown/read.ts'
import { scenesFromFiles } from '../lockdown/read-files.ts'
import type { LockdownReport } from '../lockdown/report.ts'
import type { LockdownRequest } from '../lockdown/request.ts'
import { liveOrigin } from '../snapshot/origin.ts'
import { startProgress } from '../terminal/progress.ts'
import { evidenceSource, type SnapshotFlags } from './evidence-source.ts'
import { withCluster } from './session.ts'
import { writeManifests } from './write-manifests.ts'

type Flags = SnapshotFlags & {
  emit?: string | undefined
  'emit-patches'?: string | undefined
  'state-namespace': string
}

/** A lockdown of evidence, files or a cluster that nothing is written to; its manifests are written where --emit says. */
export async function askLockdownFiles(
  flags: Flags,
  connection: ConnectionOptions,
  { namespaces, options }: LockdownRequest,
): Promise<LockdownReport> {
  const { scenes, notes } = await readFrom(flags, connection, namespaces)
  const around = { createdAt: new Date().toISOString(), stateNamespace: flags['state-namespace'], notes }
  const { lockdown, report } = planForFiles(scenes, options, around)
  await emitPatches(flags['emit-patches'], lockdown)
  if (flags.emit === undefined) return report
  const { files, left } = manifestFiles(lockdown.changes)
  await writeManifests(flags.emit, files, '--emit')
  const missing = left.map((what) => ({ what, why: 'no manifest can take something away', hides: 'it is not written' }))
  const gaps = [...report.gaps, ...missing]
  return {
    ...report,
    gaps,
    complete: gaps.length === 0,
    notes: [...report.notes, `${files.length} files are in ${flags.emit}`],
  }
}

/** What lets workloads pass the Pod Security level, as patches for Git. */
export async function emitPatches(
  folder: string | undefined,
  { namespaces }: Pick<LockdownPlan, 'namespaces'>,
): Promise<void> {
  if (folder === undefined) return
  const { patchFiles } = await import('../lockdown/pod-patches.ts')
  const files = namespaces.flatMap(({ namespace, pods }) => patchFiles(namespace, pods?.judged ?? []))
  await writeManifests(folder, files, '--emit-patches')
}

async function readFrom(
  flags: Flags,
  connection: ConnectionOptions,
  namespaces: readonly string[],
): Promise<{ scenes: LockdownScene[]; notes: string[] }> {
  const { snapshot: paths = [] } = flags
  if (paths.length === 0) {
    return await withCluster(connection, async (cluster) => {
      const progress = startProgress('reading what is there')
      const scenes = await readScenes(liveOrigin(cluster, progress.update), namespaces).finally(progress.stop)
      return { scenes, notes: [] }
    })
  }
  const evidence = await evidenceSource(flags, namespaces[0] ?? 'default')
  if (!evidence) return await scenesFromFiles(paths, namespaces)
  return { scenes: await readScenes(evidence, namespaces), notes: evidence.notes }
}
