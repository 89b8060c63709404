import { type Engine, openEngine } from '../../../../src/change/engine.ts'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { pretended } from './pretended.ts'
import type { Responder } from './victim-job.ts'

export const image = 'localhost/agnhost:1'

/** The engine of a responder; what a kubelet would answer is pretended. */
export async function engineOf(
  cluster: Cluster,
  { stateDir, stateNamespace, holder }: Responder,
  now: () => Date = () => new Date(),
): Promise<Engine> {
  const around = { stateDir, stateNamespace, holder, now, warn: () => {} }
  return await openEngine(pretended(cluster), around)
}
