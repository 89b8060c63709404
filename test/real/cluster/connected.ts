import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import type { ConnectionOptions } from '../../../src/cluster/connect.ts'

/** Our own connection by a kubeconfig: a file, or JSON text. Closed after the test. */
export async function connected(kubeconfig: string, options: ConnectionOptions = {}): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), 'kubectl-secure-real-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const file = kubeconfig.startsWith('{') ? join(home, 'kubeconfig') : kubeconfig
  if (file !== kubeconfig) writeFileSync(file, kubeconfig, { mode: 0o600 })
  const around = { env: {}, cwd: home, home, warn: () => {}, interactive: false }
  const cluster = await connect({ kubeconfig: file, ...options }, around)
  onTestFinished(() => cluster.close())
  return cluster
}
