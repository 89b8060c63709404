import { homedir } from 'node:os'
import type { Cluster } from '../cluster/cluster.ts'
import { connect, type ConnectionOptions } from '../cluster/connect.ts'
import type { ApiResource } from '../cluster/discovery.ts'
import { indexRbac, type RbacIndex } from '../rbac/rbac-index.ts'
import { computeAggregation } from '../rbac/aggregation.ts'
import type { Ask } from '../rbac/review.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import { defaultResources } from '../snapshot/defaults/defaults.ts'
import type { Need } from '../snapshot/from-cluster.ts'
import type { Origin } from '../snapshot/origin.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { keepNewSpaceSmall } from './memory.ts'
import { startProgress } from '../terminal/progress.ts'
import { warn } from '../terminal/messages.ts'

/** Where a command's answer comes from: a live cluster, a bundle of evidence, or files. */
export type Session = {
  /** The namespace of -n, of the context, or `default`. */
  namespace: string
  /** Takes the snapshot once the resources are known; returns what both were. */
  snapshot(plan: (known: ApiResource[]) => Need): Promise<{ snapshot: Snapshot; index: RbacIndex }>
  /** The API server's own word by access reviews; absent for files. */
  server?: Server
  /** Said where the server would have been asked, were it there. */
  unasked?: string
}

export type Server = {
  ask: Ask
  /** Whether the caller may do this, and who that is. */
  askSelf(request: Attributes): Promise<{ user: string; allowed: boolean; reason?: string }>
}

/** Runs `work` on the source the flags name: files, a bundle of evidence, or a live cluster. */
export async function withSession<T>(
  flags: SnapshotFlags,
  options: ConnectionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  keepNewSpaceSmall()
  const { snapshot: paths = [] } = flags
  if (paths.length > 0) {
    const namespace = options.namespace || 'default'
    const { evidenceSource } = await import('./evidence-source.ts')
    const evidence = await evidenceSource(flags, namespace)
    return await work(evidence ? evidenceSession(evidence, namespace) : fileSession(paths, namespace))
  }
  return await withCluster(options, async (cluster, release) => await work(clusterSession(cluster, release)))
}

/**
 * Runs `work` on the cluster the flags name; connections end, and Ctrl-C cancels what is under way. Once all is read,
 * `release` gives Ctrl-C back to the system: it then ends even a computation that leaves no time for signals.
 */
export async function withCluster<T>(
  options: ConnectionOptions,
  work: (cluster: Cluster, release: () => void) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  const onInterrupt = () => (stop.signal.aborted ? process.exit(130) : stop.abort())
  process.on('SIGINT', onInterrupt)
  const release = () => void process.off('SIGINT', onInterrupt)
  try {
    const cluster = await connect(options, {
      env: process.env,
      cwd: process.cwd(),
      home: homedir(),
      warn,
      interactive: process.stdin.isTTY,
      signal: stop.signal,
    })
    return await work(cluster, release).finally(() => cluster.close())
  } finally {
    release()
  }
}

function fileSession(paths: string[], namespace: string): Session {
  return {
    namespace,
    async snapshot(plan) {
      const { snapshotFromFiles } = await import('../snapshot/from-files.ts')
      const [taken, known] = await Promise.all([snapshotFromFiles(paths), defaultResources()])
      const { clusterRoles, computed } = computeAggregation(taken.clusterRoles)
      taken.clusterRoles = clusterRoles
      for (const name of computed)
        taken.notes.push(`ClusterRole ${name}: its aggregated rules are computed, as the controller would`)
      taken.resources = [...known, ...taken.customResources]
      plan(taken.resources)
      return { snapshot: taken, index: indexRbac(taken) }
    },
  }
}

function evidenceSession(origin: Origin, namespace: string): Session {
  return {
    namespace,
    unasked: 'the API server was not asked for its own word: the answer is of evidence',
    async snapshot(plan) {
      const { snapshotFrom } = await import('../snapshot/from-cluster.ts')
      const progress = startProgress('reading the evidence')
      try {
        const snapshot = await snapshotFrom(origin, plan)
        return { snapshot, index: indexRbac(snapshot) }
      } finally {
        progress.stop()
      }
    },
  }
}

function clusterSession(cluster: Cluster, release: () => void): Session {
  return {
    namespace: cluster.namespace,
    async snapshot(plan) {
      const { snapshotFromCluster } = await import('../snapshot/from-cluster.ts')
      const progress = startProgress('reading RBAC objects')
      try {
        const snapshot = await snapshotFromCluster(cluster, plan, progress.update)
        release()
        return { snapshot, index: indexRbac(snapshot) }
      } finally {
        progress.stop()
      }
    },
    server: {
      async ask(subject, request) {
        const { subjectAccessReview } = await import('../cluster/access-review.ts')
        return await subjectAccessReview(cluster, subject, request)
      },
      async askSelf(request) {
        const { selfSubjectAccessReview } = await import('../cluster/access-review.ts')
        const { whoAmI } = await import('../cluster/self.ts')
        const [{ user }, status] = await Promise.all([whoAmI(cluster), selfSubjectAccessReview(cluster, request)])
        return { user, allowed: status.allowed, ...(status.reason ? { reason: status.reason } : {}) }
      },
    },
  }
}
