import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { AdminApi } from './api.ts'
import { calicoCrds } from './cache.ts'
import { clusterDnsReady, createClusterDns } from './cluster-dns.ts'
import { addresses, binary, type ControlPlaneOptions, startControllerManager } from './control-plane.ts'
import type { Instance } from './instance.ts'
import { nodeName } from './node-configs.ts'
import { findPart } from './node-parts.ts'
import { run } from './run.ts'
import { type Component, waitFor } from './start-process.ts'

/** Starts a component on the node. */
export type NodeStart = (name: string, argv: readonly string[], env?: Record<string, string>) => Component

/** Starts what makes a node of the namespaces, in the order the parts need each other, and waits for cluster DNS. */
export async function startNodeComponents(
  instance: Instance,
  options: ControlPlaneOptions,
  api: AdminApi,
  start: NodeStart,
): Promise<void> {
  const file = (...path: string[]) => join(instance.dir, ...path)
  const kubeconfig = (name: string) => `--kubeconfig=${file('conf', `${name}.kubeconfig`)}`
  const manager = startControllerManager(instance, options)
  const scheduler = start('kube-scheduler', [
    binary(instance, 'kube-scheduler'),
    kubeconfig('scheduler'),
    '--leader-elect=false',
  ])
  const kubelet = start('kubelet', [
    binary(instance, 'kubelet'),
    `--config=${file('conf', 'kubelet')}`,
    kubeconfig('kubelet'),
    `--hostname-override=${nodeName}`,
    `--node-ip=${addresses.node}`,
  ])
  const proxy = start('kube-proxy', [binary(instance, 'kube-proxy'), `--config=${file('conf', 'kube-proxy')}`])
  const needs = [scheduler, proxy, kubelet, ...(manager ? [manager] : [])]
  // Before the first pod: one that meets a CNI plugin without its datastore waits 13 s for the next attempt.
  await createCalicoObjects(api)
  await createClusterDns(api)
  const node = `/api/v1/nodes/${nodeName}`
  await waitFor('the node is registered', () => api.has(node), needs)
  const annotations = { 'projectcalico.org/IPv4Address': `${addresses.node}/32` }
  await api.send('PATCH', node, { metadata: { annotations } }, 'application/merge-patch+json')
  const felix = start('calico-felix', [binary(instance, 'calico-felix')], felixEnv(file('admin.kubeconfig')))
  const probe = [
    ...options.enter,
    findPart('busybox') ?? 'busybox',
    'wget',
    '-q',
    '-O',
    '-',
    'http://127.0.0.1:9099/readiness',
  ]
  await waitFor('Felix enforces policies', async () => (await run(probe)).code === 0, [felix])
  const account = '/api/v1/namespaces/default/serviceaccounts/default'
  await waitFor('the default service account exists', () => api.has(account), needs)
  await waitFor('cluster DNS is ready', () => clusterDnsReady(api), [...needs, felix])
}

/** Felix enforces NetworkPolicy, AdminNetworkPolicy and Calico's own policies. */
function felixEnv(kubeconfig: string): Record<string, string> {
  return {
    KUBECONFIG: kubeconfig,
    FELIX_DATASTORETYPE: 'kubernetes',
    FELIX_FELIXHOSTNAME: nodeName,
    FELIX_DebugSkipCTLBCleanup: 'true', // built without cgo it cannot touch BPF; in capitals it is not recognised
    FELIX_USAGEREPORTINGENABLED: 'false',
    FELIX_LOGSEVERITYSYS: 'none',
    FELIX_LOGFILEPATH: 'none',
    FELIX_IPINIPENABLED: 'false',
    FELIX_IPV6SUPPORT: 'false',
    FELIX_XDPENABLED: 'false',
    FELIX_DEFAULTENDPOINTTOHOSTACTION: 'Accept',
    FELIX_HEALTHENABLED: 'true',
  }
}

/** Creates Calico's custom resources, and the object without which its CNI plugin and Felix wait for a datastore. */
async function createCalicoObjects(api: AdminApi): Promise<void> {
  const texts = readdirSync(calicoCrds()).map((name) => readFileSync(join(calicoCrds(), name), 'utf8'))
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  await Promise.all(texts.map((text) => api.create(path, load(text))))
  const kind = '/apis/crd.projectcalico.org/v1/clusterinformations'
  await waitFor("Calico's resources are served", () => api.has(kind), [])
  const spec = { clusterGUID: 'test', datastoreReady: true, calicoVersion: 'v3.30.1' }
  const type = { apiVersion: 'crd.projectcalico.org/v1', kind: 'ClusterInformation' }
  await api.create(kind, { ...type, metadata: { name: 'default' }, spec })
}
