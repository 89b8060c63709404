import { join } from 'node:path'
import { openApi } from './api.ts'
import { makeCgroups } from './cgroups.ts'
import { ClusterError } from './cluster-error.ts'
import { addresses, binary, type ControlPlaneOptions, makePki, startApiserver, untilApiReady } from './control-plane.ts'
import { startForwarder } from './forwarder.ts'
import { imageArchive } from './image.ts'
import { type Instance, readRecord } from './instance.ts'
import { writeKubeconfigs } from './kubeconfig.ts'
import { enterNode, makeNamespaces, nodeEnv } from './namespaces.ts'
import { type NodeStart, startNodeComponents } from './node-components.ts'
import { containerdSocket, nodeName, writeNodeConfigs } from './node-configs.ts'
import { makeCertificate } from './pki.ts'
import { listenOnFreePort } from './ports.ts'
import { run } from './run.ts'
import { type Component, startProcess, waitFor } from './start-process.ts'

/** Starts a control plane and a node with enforced policies, Services and DNS, in namespaces of its own. */
export async function startNode(
  instance: Instance,
  base: Pick<ControlPlaneOptions, 'level' | 'apiserverFlags'>,
): Promise<void> {
  const pki = join(instance.dir, 'pki')
  const [{ server, port }] = await Promise.all([listenOnFreePort(), makeNamespaces(instance), makeNodePki(pki)])
  const record = readRecord(instance)
  if (!record) throw new ClusterError(`The cluster ${instance.name} was taken down while it started.`)
  const options = { ...base, port, enter: enterNode(record) }
  const env = nodeEnv(instance)
  const start: NodeStart = (name, argv, more = {}) =>
    startProcess(instance, name, [...options.enter, ...argv], { ...env, ...more })
  const apiserver = startApiserver(instance, options)
  // The port is the same inside and outside, so that one kubeconfig serves both.
  await startForwarder(instance, options.enter, server, port)
  writeKubeconfigs(instance, port, ['admin', 'controller-manager', 'scheduler', 'kubelet'])
  writeNodeConfigs(instance)
  makeCgroups(instance)
  const config = join(instance.dir, 'conf', 'containerd.toml')
  const containerd = start('containerd', [binary(instance, 'containerd'), '-c', config])
  const api = openApi(pki, port)
  try {
    await Promise.all([importImage(instance, options.enter, containerd), untilApiReady(api, apiserver)])
    await startNodeComponents(instance, options, api, start)
  } finally {
    api.close()
  }
}

async function makeNodePki(dir: string): Promise<void> {
  await makePki(dir)
  const names = [`DNS:${nodeName}`, `IP:${addresses.node}`, 'IP:127.0.0.1']
  await Promise.all([
    makeCertificate(dir, 'scheduler', { user: 'system:kube-scheduler' }),
    makeCertificate(dir, 'kubelet', { user: `system:node:${nodeName}`, groups: ['system:nodes'], names }),
    makeCertificate(dir, 'apiserver-kubelet', { user: 'kube-apiserver-kubelet-client', groups: ['system:masters'] }),
  ])
}

async function importImage(instance: Instance, enter: readonly string[], containerd: Component): Promise<void> {
  const ctr = [...enter, binary(instance, 'ctr'), '--address', containerdSocket, '--namespace', 'k8s.io']
  const archive = await imageArchive()
  const answers = async () => (await run([...ctr, 'version'])).code === 0
  await waitFor('containerd answers', answers, [containerd])
  const { code, stderr } = await run([...ctr, 'images', 'import', archive])
  if (code !== 0) throw new ClusterError('containerd did not take the image of the pods.', { why: stderr })
}
