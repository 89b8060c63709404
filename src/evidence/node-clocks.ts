import type { Facts } from '../bundle/entry.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { watchEvents } from '../cluster/watch-events.ts'
import { recordAt } from './pod-ref.ts'

const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'

type Range = { atLeast: number; atMost: number; renewals: number }

/**
 * Tells the clocks of nodes without asking them: each kubelet writes the time by its own clock into its lease, every 10 s. Seen as it is renewed,
 * the node is ahead of us by renewTime minus now or a little more; of a lease that was found, only that its time lies before that of the server.
 */
export function watchNodeClocks(cluster: Cluster): { stop(): Promise<Facts> } {
  const end = new AbortController()
  const found = new Map<string, Range>()
  const see = (raw: Record<string, unknown>, isFresh: boolean) => {
    const spec = recordAt(raw, 'spec')
    const name = String(recordAt(raw, 'metadata')['name'])
    const ahead = Date.parse(String(spec['renewTime'])) - Date.now()
    if (Number.isNaN(ahead)) return
    const period = Number(spec['leaseDurationSeconds'] ?? 40) * 1000
    const before = found.get(name) ?? { atLeast: -Infinity, atMost: Infinity, renewals: 0 }
    found.set(name, {
      atLeast: Math.max(before.atLeast, ahead),
      // What it takes from the node to us is never negative, and seldom a second.
      atMost: Math.min(before.atMost, ahead + (isFresh ? 1000 : period)),
      renewals: before.renewals + (isFresh ? 1 : 0),
    })
  }
  const running = (async () => {
    try {
      const { resourceVersion } = await list(cluster, path, (raw) => see(raw, false))
      const watched = `${path}?watch=true&resourceVersion=${encodeURIComponent(resourceVersion)}`
      const { body } = await cluster.stream({ path: watched, signal: end.signal, maySleep: true })
      for await (const { type, object } of watchEvents(watched, body, end.signal)) {
        if (type === 'MODIFIED') see(object as Record<string, unknown>, true)
      }
      return undefined
    } catch (error) {
      return end.signal.aborted ? undefined : error instanceof Error ? error.message : String(error)
    }
  })()
  return {
    async stop() {
      end.abort()
      const why = await running
      const nodes = [...found].map(([node, { atLeast, atMost, renewals }]) => ({
        node,
        renewals,
        aheadMs: { atLeast, atMost: Math.max(atLeast, atMost) },
      }))
      return { nodes, ...(why !== undefined && { why }) }
    },
  }
}
