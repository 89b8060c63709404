import type { Cluster, Request } from '../../../../src/cluster/cluster.ts'
import type { Point } from './victim-job.ts'

export type Doom = {
  /** From here on points are counted. */
  arm(): void
  now(): Date
  wrap(cluster: Cluster): Cluster
  counts: Record<Point['how'], number>
}

/**
 * Calls `strike` at a point of a run. The engine asks for the time once for the lock and once for each line of its journal, right
 * before it writes it; and every write goes through the cluster it is handed. Requests fail with what `lost` gives.
 */
export function doomed(
  at: Point | undefined,
  strike: () => void,
  lost: () => Error | undefined = () => undefined,
): Doom {
  const counts: Doom['counts'] = { append: 0, before: 0, after: 0 }
  let isArmed = false
  const reach = (how: Point['how']): void => {
    if (!isArmed) return
    counts[how] += 1
    if (at?.how === how && at.k === counts[how]) strike()
  }
  return {
    counts,
    arm: () => void (isArmed = true),
    now: () => {
      reach('append')
      return new Date()
    },
    wrap: (cluster) => {
      const around = async <T>(request: Request, send: () => Promise<T>): Promise<T> => {
        const counted = isWrite(request)
        if (counted) reach('before')
        const error = lost()
        if (error) throw error
        const answer = await send()
        if (counted) reach('after')
        const late = lost()
        if (late) throw late
        return answer
      }
      return {
        ...cluster,
        request: async (request) => await around(request, async () => await cluster.request(request)),
        json: async <T>(request: Request) => await around(request, async () => await cluster.json<T>(request)),
      }
    },
  }
}

/** Dry runs and reviews store nothing. */
export function isWrite({ method = 'GET', path }: Request): boolean {
  return (
    method !== 'GET' && !path.includes('dryRun=All') && !/^\/apis\/auth(entication|orization)\.k8s\.io\//.test(path)
  )
}
