import type { Cluster } from '../cluster/cluster.ts'
import { objectPath } from '../cluster/object-path.ts'
import type { ObjectRef } from '../change/plan.ts'
import { waitFor } from '../cluster/watch.ts'
import { SecureError } from '../errors.ts'
import { controllerOf } from './raw.ts'

type Answer = { ok: boolean; why: string }

const patience = 15_000

/** Waits until these pods have no controller: their Job has let them go, so that suspending it deletes none of them. */
export async function areReleased(cluster: Cluster, pods: ObjectRef[]): Promise<Answer> {
  try {
    await Promise.all(
      pods.map(
        async (ref) =>
          await waitFor(cluster, objectPath(ref), (pod) => !pod || controllerOf(pod) === undefined, {
            timeoutMs: patience,
          }),
      ),
    )
    return { ok: true, why: 'no controller owns the pods any more' }
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return { ok: false, why: `whether its pods were let go was not seen: ${error.message}` }
  }
}
