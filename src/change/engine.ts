import type { Cluster } from '../cluster/cluster.ts'
import { whoAmI } from '../cluster/self.ts'
import { getObject } from '../cluster/write.ts'
import { SecureError } from '../errors.ts'
import type { StepReport } from './reports.ts'

/** What the engine works with: one cluster as one user, and where its memory is. */
export type Engine = {
  cluster: Cluster
  /** The uid of kube-system, by which a cluster is known whatever its address. */
  clusterId: string
  user: { name: string; groups: string[] }
  /** Where the journals are. */
  stateDir: string
  /** The namespace of the records in the cluster; never that of a target. */
  stateNamespace: string
  /** Who we are to other responders: `user@host`. */
  holder: string
  now(): Date
  onStep?(step: StepReport): void
  warn(line: string): void
}

export type EngineOptions = Omit<Engine, 'cluster' | 'clusterId' | 'user'>

/** Asks the cluster who it is and who we are. Throws SecureError: without its id nothing can be journaled. */
export async function openEngine(cluster: Cluster, options: EngineOptions): Promise<Engine> {
  const [system, self] = await Promise.all([getObject(cluster, '/api/v1/namespaces/kube-system'), whoAmI(cluster)])
  if (!system) {
    throw new SecureError('not-found', 'the cluster has no namespace kube-system, by whose uid clusters are told apart')
  }
  return { ...options, cluster, clusterId: system.metadata.uid, user: { name: self.user, groups: self.groups } }
}
