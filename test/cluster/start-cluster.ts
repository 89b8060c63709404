import { randomBytes } from 'node:crypto'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openApi } from './api.ts'
import { type AuditPolicy, writeAuditPolicy } from './audit-policy.ts'
import { findBinary } from './binaries.ts'
import { ClusterError } from './cluster-error.ts'
import { binaryNames, type Level } from './components.ts'
import {
  type ControlPlaneOptions,
  makePki,
  startApiserver,
  startControllerManager,
  untilApiReady,
} from './control-plane.ts'
import { startGuard } from './guard.ts'
import { createInstance, type Instance, readRecord, updateRecord } from './instance.ts'
import { writeKubeconfigs } from './kubeconfig.ts'
import { needed } from './needed.ts'
import { startNode } from './node.ts'
import { freePort } from './ports.ts'
import { identityOf } from './process-identity.ts'
import { waitFor } from './start-process.ts'
import { reapStale, removeInstance } from './stop.ts'
import { openCluster, type TestCluster } from './test-cluster.ts'

export interface ClusterOptions {
  level: Level
  /** Must not be taken; by default a name that nobody else has. */
  name?: string
  /** A policy, or the path of a file with one. */
  auditPolicy?: AuditPolicy | string
  /** More flags for kube-apiserver, such as --feature-gates=…; a repeated flag replaces ours. */
  apiserverFlags?: readonly string[]
  /** Leaves the cluster running when this process ends; `npm run cluster -- down` removes it. */
  detach?: boolean
}

/** Starts a cluster of its own. It is removed by `stop`, on failure, and when this process ends in whatever way. */
export async function startCluster(options: ClusterOptions): Promise<TestCluster> {
  const { level, name = `test-${randomBytes(5).toString('hex')}` } = options
  const missing = needed(level)
  if (missing.length > 0) throw new ClusterError(`A ${level} cluster cannot start here.`, { why: missing.join('\n') })
  await reapStale()
  const instance = createInstance(name, level, identityOf(process.pid))
  const guard = startGuard(instance)
  try {
    await start(instance, options)
    updateRecord(instance, ({ owner }) => ({ ready: true, owner: options.detach ? undefined : owner }))
  } catch (error) {
    await removeInstance(instance)
    await guard.release()
    throw error
  }
  const record = readRecord(instance)
  if (!record) throw new ClusterError(`The cluster ${name} was taken down while it started.`)
  if (options.detach) await guard.release()
  const cluster = openCluster(instance, record)
  const stop = async () => {
    await cluster.stop()
    if (!options.detach) await guard.release()
  }
  return { ...cluster, stop }
}

async function start(instance: Instance, options: ClusterOptions): Promise<void> {
  const { level } = options
  for (const name of binaryNames) {
    const path = findBinary(name, level)
    if (path) symlinkSync(path, join(instance.dir, 'bin', name))
  }
  writeAuditPolicy(join(instance.dir, 'conf', 'audit-policy'), options.auditPolicy)
  const base = { level, apiserverFlags: options.apiserverFlags ?? [] }
  if (level === 'node') return await startNode(instance, base)
  await startControlPlane(instance, { ...base, port: await freePort(), enter: [] })
}

async function startControlPlane(instance: Instance, options: ControlPlaneOptions): Promise<void> {
  const pki = join(instance.dir, 'pki')
  await makePki(pki)
  const apiserver = startApiserver(instance, options)
  writeKubeconfigs(instance, options.port, ['admin', 'controller-manager'])
  const api = openApi(pki, options.port)
  try {
    await untilApiReady(api, apiserver)
    const manager = startControllerManager(instance, options)
    // Pods and tokens need it; once it is there the controllers work.
    const account = '/api/v1/namespaces/default/serviceaccounts/default'
    if (manager) await waitFor('the default service account exists', () => api.has(account), [apiserver, manager])
  } finally {
    api.close()
  }
}
