import { join } from 'node:path'
import type { AdminApi } from './api.ts'
import { findBinary } from './binaries.ts'
import type { BinaryName, Level } from './components.ts'
import { type Instance, updateRecord } from './instance.ts'
import { makeAuthority, makeCertificate, makeTokenKey } from './pki.ts'
import { type Component, startProcess, waitFor } from './start-process.ts'

/** The addresses of a cluster. Inside the node's own network namespace they may be the same for every instance. */
export const addresses = {
  node: '10.89.0.1',
  pods: '10.88.0.0/16',
  nodePods: '10.88.0.0/24',
  services: '10.96.0.0/16',
  kubernetesService: '10.96.0.1',
  dns: '10.96.0.10',
} as const

export interface ControlPlaneOptions {
  level: Level
  port: number
  apiserverFlags: readonly string[]
  /** What every command line begins with, to enter the node's namespaces; empty for the host's. */
  enter: readonly string[]
}

/** Makes the certificates and keys of an instance. */
export async function makePki(dir: string): Promise<void> {
  makeTokenKey(dir)
  await makeAuthority(dir)
  const { node, kubernetesService } = addresses
  const names = ['DNS:localhost', 'DNS:kubernetes.default.svc', 'IP:127.0.0.1', `IP:${node}`, `IP:${kubernetesService}`]
  await Promise.all([
    makeCertificate(dir, 'apiserver', { user: 'kube-apiserver', names }),
    makeCertificate(dir, 'admin', { user: 'admin', groups: ['system:masters'] }),
    makeCertificate(dir, 'controller-manager', { user: 'system:kube-controller-manager' }),
  ])
}

/** The command line of a binary of this instance. */
export function binary(instance: Instance, name: BinaryName): string {
  return join(instance.dir, 'bin', name)
}

/** Starts etcd and kube-apiserver; hands back the latter, which is not ready yet. */
export function startApiserver(instance: Instance, options: ControlPlaneOptions): Component {
  const { level, port, enter } = options
  const file = (...path: string[]) => join(instance.dir, ...path)
  const pki = (name: string) => file('pki', name)
  // Sockets in a private folder: no ports to collide on, and nobody else on this machine gets at the store.
  const etcd = `unix://${file('etcd.sock')}`
  startProcess(instance, 'etcd', [
    ...enter,
    binary(instance, 'etcd'),
    `--data-dir=${file('etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${etcd}`,
    '--advertise-client-urls=http://127.0.0.1:2379', // never dialled, but it must look like host:port
    `--listen-peer-urls=unix://${file('peer.sock')}`,
  ])
  const own =
    level === 'node'
      ? ['--bind-address=0.0.0.0', `--advertise-address=${addresses.node}`]
      : // Nothing but loopback; without the reconciler the address is not asked to be one that pods can reach.
        ['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none']
  const kubelets = [
    `--kubelet-client-certificate=${pki('apiserver-kubelet.crt')}`,
    `--kubelet-client-key=${pki('apiserver-kubelet.key')}`,
    `--kubelet-certificate-authority=${pki('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
  // Without a controller manager no service account is ever made, and this plugin would refuse every pod.
  const accounts = findBinary('kube-controller-manager', level) ? [] : ['--disable-admission-plugins=ServiceAccount']
  return startProcess(instance, 'kube-apiserver', [
    ...enter,
    binary(instance, 'kube-apiserver'),
    `--etcd-servers=${etcd}`,
    `--secure-port=${port}`,
    ...own,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    // Of a list the API server keeps what every repetition adds, so that ours has to go.
    ...(options.apiserverFlags.some((flag) => flag.startsWith('--authorization-mode='))
      ? []
      : ['--authorization-mode=Node,RBAC']),
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki('sa.pub')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    `--service-cluster-ip-range=${addresses.services}`,
    '--allow-privileged=true',
    '--enable-admission-plugins=NodeRestriction',
    ...accounts,
    ...(level === 'node' ? kubelets : []),
    `--audit-policy-file=${file('conf', 'audit-policy')}`,
    `--audit-log-path=${file('log', 'audit.log')}`,
    ...options.apiserverFlags,
  ])
}

/** Waits until the API answers and its bootstrap RBAC is there. */
export async function untilApiReady(api: AdminApi, apiserver: Component): Promise<void> {
  await waitFor('the API server is ready', () => api.has('/readyz'), [apiserver])
  // /readyz is green before the bootstrap RBAC exists, and the controller manager then gives up for good.
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const bindings = [
    `${rbac}/namespaces/kube-system/rolebindings/system::extension-apiserver-authentication-reader`,
    `${rbac}/clusterrolebindings/system:kube-controller-manager`,
    `${rbac}/clusterrolebindings/system:kube-scheduler`,
  ]
  const all = async () => (await Promise.all(bindings.map((path) => api.has(path)))).every(Boolean)
  await waitFor('the bootstrap RBAC exists', all, [apiserver])
}

/** Starts the controller manager; undefined, and noted in the record, where the assets hold none. */
export function startControllerManager(instance: Instance, options: ControlPlaneOptions): Component | undefined {
  const { level, enter } = options
  if (!findBinary('kube-controller-manager', level)) {
    const note = 'no kube-controller-manager in KUBEBUILDER_ASSETS: no service accounts, no garbage collection'
    updateRecord(instance, ({ notes }) => ({ notes: [...notes, note] }))
    return undefined
  }
  const pki = (name: string) => join(instance.dir, 'pki', name)
  return startProcess(instance, 'kube-controller-manager', [
    ...enter,
    binary(instance, 'kube-controller-manager'),
    `--kubeconfig=${join(instance.dir, 'conf', 'controller-manager.kubeconfig')}`,
    '--leader-elect=false',
    '--secure-port=0', // serves nothing: one port less to collide on
    `--service-account-private-key-file=${pki('sa.key')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--cluster-signing-cert-file=${pki('ca.crt')}`,
    `--cluster-signing-key-file=${pki('ca.key')}`,
    '--use-service-account-credentials',
    '--kube-api-qps=500', // the default of 20 a second makes the first start take 5 s longer
    '--kube-api-burst=1000',
    '--allocate-node-cidrs',
    `--cluster-cidr=${addresses.pods}`,
    `--flex-volume-plugin-dir=${join(instance.dir, 'flexvolume')}`, // the default is a folder of the host
  ])
}
