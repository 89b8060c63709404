import type { AttackWorld } from '../../../src/attack/model.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { snapshotFrom } from '../../../src/snapshot/from-cluster.ts'
import { liveOrigin } from '../../../src/snapshot/origin.ts'
import { stateFrom } from '../../../src/snapshot/read-state.ts'

/** The world of a live cluster. */
export async function liveWorld(api: Cluster): Promise<AttackWorld> {
  const snapshot = await snapshotFrom(
    liveOrigin(api, () => {}),
    () => ({ roleBindingsOf: '*' }),
  )
  const state = await stateFrom(
    liveOrigin(api, () => {}),
    snapshot.resources ?? [],
  )
  return { snapshot, index: indexRbac(snapshot), state }
}
