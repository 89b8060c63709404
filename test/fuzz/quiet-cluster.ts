import type { ClusterOptions } from '../cluster/start-cluster.ts'

/** Thousands of requests a second: nothing of them is logged, and none of them waits its turn. */
export const quietCluster: Pick<ClusterOptions, 'auditPolicy' | 'apiserverFlags'> = {
  auditPolicy: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'None' }] },
  apiserverFlags: ['--enable-priority-and-fairness=false'],
}
