import { startCluster } from '../../../cluster/start-cluster.ts'
import type { TestCluster } from '../../../cluster/test-cluster.ts'
import { connectTo } from '../harness.ts'
import { startKubelet } from './kubelet.ts'
import type { Bench } from './trial.ts'
import { AuditLog } from './writes.ts'

/** Trials come thick and fast: none of their requests waits its turn, and all of their writes are in one audit log (at 100 MB the server would begin another). */
export const trialFlags = ['--enable-priority-and-fairness=false', '--audit-log-maxsize=100000']

/** What trials need of a cluster that runs; `close` leaves the cluster. */
export async function benchOn(running: TestCluster): Promise<Bench & { close(): void }> {
  const cluster = await connectTo(running.kubeconfig)
  const kubelet = startKubelet(cluster)
  const close = () => {
    kubelet.stop()
    cluster.close()
  }
  return { cluster, kubeconfig: running.kubeconfig, audit: new AuditLog(running.auditLog), close }
}

/** A cluster of its own for trials. */
export async function startBench(): Promise<Bench & { close(): Promise<void> }> {
  const running = await startCluster({ level: 'control-plane', apiserverFlags: trialFlags })
  const bench = await benchOn(running)
  const close = async () => {
    bench.close()
    await running.stop()
  }
  return { ...bench, close }
}
