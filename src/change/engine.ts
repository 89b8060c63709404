import type { Cluster } from '../cluster/cluster.ts'
import { whoAmI } from '../cluster/self.ts'
import { getObject } from '../cluster/write.ts'
import { isForbidden, SecureError } from '../errors.ts'
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
  const reading = getObject(cluster, '/api/v1/namespaces/kube-system').catch((error: unknown) => {
    if (!isForbidden(error)) throw error
    const hint =
      'clusters are told apart by the uid of the namespace kube-system: ask for the right to get that one namespace (resourceNames: [kube-system])'
    throw (error as SecureError).with({ hint })
  })
  const [system, self] = await Promise.all([reading, whoAmI(cluster)])
  if (!system) {
    throw new SecureError('not-found', 'the cluster has no namespace kube-system, by whose uid clusters are told apart')
  }
  return { ...options, cluster, clusterId: system.metadata.uid, user: { name: self.user, groups: self.groups } }
}
