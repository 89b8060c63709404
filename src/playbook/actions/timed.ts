import type { Cluster, Request } from '../../cluster/cluster.ts'
import { SecureError } from '../../errors.ts'

/** A cluster whose requests all end after a time, those that are under way too. */
export function until(cluster: Cluster, ms: number): { cluster: Cluster; isOver(): boolean; end(): void } {
  const over = new AbortController()
  const why = new SecureError('timeout', `it was to take ${ms / 1000} s at most`)
  const timer = setTimeout(() => over.abort(why), ms)
  const timed = <R extends Request>(request: R): R => {
    const { signal } = request
    return { ...request, signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal }
  }
  return {
    cluster: {
      ...cluster,
      request: async (request) => await cluster.request(timed(request)),
      json: async (request) => await cluster.json(timed(request)),
      stream: async (request) => await cluster.stream(timed(request)),
      webSocket: async (request) => await cluster.webSocket(timed(request)),
    },
    isOver: () => over.signal.aborted,
    end: () => clearTimeout(timer),
  }
}
