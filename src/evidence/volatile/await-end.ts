import type { ApiObject } from '../../cluster/api-object.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { podPath } from '../../cluster/object-path.ts'
import { waitFor } from '../../cluster/watch.ts'
import type { SubresourceChange } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import { recordAt, recordsAt } from '../pod-ref.ts'
import { containerFailure } from '../start-failure.ts'
import { limits } from './script.ts'

/** How a container that gathers ended; `imageId`: what was run, as the kubelet tells. */
export type Ended = { code?: number; imageId?: string; started?: string; finished?: string }

// To pull an image, and to start.
const startMs = 60_000

/**
 * Waits for a container that was added to end. `still` where it has not in time: then there is what it has said so far. Throws SecureError where
 * it never ran, or its pod is gone.
 */
export async function awaitEnd(
  cluster: Cluster,
  { ref, container }: SubresourceChange,
  options: { signal?: AbortSignal } = {},
): Promise<Ended | 'still'> {
  let isStarted = false
  const look = (pod: ApiObject | undefined): Ended | string | undefined => {
    if (!pod) return 'its pod is gone'
    if (pod.metadata.uid !== ref.uid) return 'another pod has its name now'
    const status = recordsAt(recordAt(pod, 'status'), 'ephemeralContainerStatuses').find(
      (one) => one['name'] === container.name,
    )
    const state = recordAt(status ?? {}, 'state')
    isStarted ||= Object.hasOwn(state, 'running')
    if (!Object.hasOwn(state, 'terminated')) return containerFailure(pod, container.name)
    const { exitCode, startedAt, finishedAt } = recordAt(state, 'terminated')
    const imageId = status?.['imageID']
    return {
      ...(typeof exitCode === 'number' && { code: exitCode }),
      ...(typeof imageId === 'string' && { imageId }),
      ...(typeof startedAt === 'string' && { started: startedAt }),
      ...(typeof finishedAt === 'string' && { finished: finishedAt }),
    }
  }
  const timeoutMs = startMs + limits.seconds * 1000
  try {
    const found = await waitFor(cluster, podPath(ref.namespace ?? '', ref.name), look, { timeoutMs, ...options })
    if (typeof found === 'string')
      throw new SecureError('not-found', `container ${container.name} did not run: ${found}`)
    return found
  } catch (error) {
    if (!(error instanceof SecureError) || error.code !== 'timeout') throw error
    if (isStarted) return 'still'
    throw error.with({ message: `container ${container.name} did not start within ${timeoutMs / 1000} s; it may yet` })
  }
}
