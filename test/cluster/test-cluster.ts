import { join } from 'node:path'
import type { Level } from './components.ts'
import { type Instance, type InstanceRecord } from './instance.ts'
import { enterNetwork, enterNode, nodeEnv } from './namespaces.ts'
import { type RunOptions, type RunResult, run } from './run.ts'
import { removeInstance } from './stop.ts'
import { makeUser, type TestUser } from './user.ts'

/** A running cluster. */
export interface TestCluster {
  name: string
  level: Level
  /** The administrator's kubeconfig. It works in the host's network namespace and in the instance's alike. */
  kubeconfig: string
  server: string
  caFile: string
  /** The kubectl of the cluster's version. */
  kubectl: string
  /** The file kube-apiserver writes its audit events to, one JSON object a line. */
  auditLog: string
  /** A folder with every binary of the cluster, first in the PATH of `exec`. */
  binDir: string
  /** One log a component. */
  logDir: string
  /** What this cluster lacks, such as a controller manager. */
  notes: readonly string[]
  /** Runs a command with KUBECONFIG, PATH and HOME of the cluster; at the node level in its network namespace. */
  exec(argv: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Runs a command as on the node, in its network, mount and process namespaces (ctr, nft, /var/log/pods). */
  execOnNode(argv: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Makes a user with a client certificate; it may do nothing until a role is bound to it. */
  clientCert(user: string, groups?: readonly string[]): Promise<TestUser>
  /** Ends the cluster and removes its files. Safe to repeat. */
  stop(): Promise<void>
}

/** The environment of a command that works on a cluster: the caller's, with nothing left of the caller's own cluster. */
export function clusterEnv(instance: Instance): NodeJS.ProcessEnv {
  const file = (name: string) => join(instance.dir, name)
  const PATH = `${file('bin')}:${process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'}`
  return { ...process.env, KUBECONFIG: file('admin.kubeconfig'), HOME: file('home'), PATH }
}

/** What a command line begins with to run where the cluster's network is. */
export function networkPrefix(record: InstanceRecord): string[] {
  return record.level === 'node' ? enterNetwork(record) : []
}

/** The handle of an instance that runs, whoever started it. */
export function openCluster(instance: Instance, record: InstanceRecord): TestCluster {
  const file = (...path: string[]) => join(instance.dir, ...path)
  const server = `https://127.0.0.1:${record.port}`
  const withEnv = (options: RunOptions, more = {}) => ({
    ...options,
    env: { ...clusterEnv(instance), ...more, ...options.env },
  })
  return {
    name: record.name,
    level: record.level,
    kubeconfig: file('admin.kubeconfig'),
    server,
    caFile: file('pki', 'ca.crt'),
    kubectl: file('bin', 'kubectl'),
    auditLog: file('log', 'audit.log'),
    binDir: file('bin'),
    logDir: file('log'),
    notes: record.notes,
    exec: (argv, options = {}) => run([...networkPrefix(record), ...argv], withEnv(options)),
    execOnNode: (argv, options = {}) => {
      if (record.level !== 'node') throw new TypeError('execOnNode: a control plane has no node')
      return run([...enterNode(record), ...argv], withEnv(options, nodeEnv(instance)))
    },
    clientCert: (user, groups = []) => makeUser(instance, server, user, groups),
    stop: () => removeInstance(instance),
  }
}
