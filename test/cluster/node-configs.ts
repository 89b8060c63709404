import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupOf } from './cgroups.ts'
import { addresses } from './control-plane.ts'
import { imageName } from './image.ts'
import type { Instance } from './instance.ts'
import { findPart } from './node-parts.ts'

/** The name of the one node. */
export const nodeName = 'node1'

/** Where containerd listens, as seen on the node. */
export const containerdSocket = '/run/containerd/containerd.sock'

/** Writes the configuration files of what runs on the node. JSON is YAML, so only containerd's has a syntax of its own. */
export function writeNodeConfigs(instance: Instance): void {
  const file = (...path: string[]) => join(instance.dir, ...path)
  const write = (name: string, content: unknown) => writeFileSync(file('conf', name), JSON.stringify(content, null, 1))
  for (const folder of ['cni', 'cni-bin', 'volume-plugins']) mkdirSync(file(folder))
  for (const name of ['host-local', 'loopback']) symlinkSync(findPart(name) ?? name, file('cni-bin', name))
  symlinkSync(file('bin', 'calico'), file('cni-bin', 'calico'))
  writeFileSync(file('root/var/lib/calico/nodename'), nodeName)
  writeFileSync(file('cni', '10-calico.conflist'), JSON.stringify(cni(file('log/cni.log'), file('admin.kubeconfig'))))
  writeFileSync(file('conf', 'containerd.toml'), containerd(file('cni-bin'), file('cni')))
  writeFileSync(file('conf', 'resolv.conf'), '') // pods with dnsPolicy Default learn nothing of this machine
  write('kubelet', kubelet(instance))
  write('kube-proxy', {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: addresses.pods,
    hostnameOverride: nodeName,
    conntrack: { maxPerCore: 0, min: 0 }, // nf_conntrack_max is the host's, and not ours to write
    clientConnection: { kubeconfig: file('admin.kubeconfig') },
  })
}

function cni(log: string, kubeconfig: string): unknown {
  const ipam = { type: 'host-local', ranges: [[{ subnet: addresses.nodePods }]] }
  const store = { datastore_type: 'kubernetes', nodename: nodeName, kubernetes: { kubeconfig } }
  const logs = { log_level: 'warning', log_file_path: log }
  const plugin = { type: 'calico', ...logs, ...store, mtu: 1500, ipam, policy: { type: 'k8s' } }
  return { cniVersion: '0.3.1', name: 'test', plugins: [plugin] }
}

function containerd(plugins: string, configs: string): string {
  // restrict_oom_score_adj: without CAP_SYS_RESOURCE runc may not lower it, and dies with "can't get final child's PID".
  return `version = 2
[grpc]
 address = "${containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
 sandbox_image = "${imageName}"
 disable_apparmor = true
 restrict_oom_score_adj = true
 [plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${plugins}"
  conf_dir = "${configs}"
`
}

function kubelet(instance: Instance): unknown {
  const file = (...path: string[]) => join(instance.dir, ...path)
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false, // machines with cgroup v1 are still about
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroupOf(instance),
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: file('pki/ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: file('pki/kubelet.crt'),
    tlsPrivateKeyFile: file('pki/kubelet.key'),
    clusterDNS: [addresses.dns],
    clusterDomain: 'cluster.local',
    resolvConf: file('conf/resolv.conf'),
    volumePluginDir: file('volume-plugins'), // the default is a folder of the host
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi' },
    nodeStatusUpdateFrequency: '2s',
    syncFrequency: '2s',
    containerLogMonitorInterval: '3s', // the least: logs of 10 MiB are rotated sooner than every 10 s
  }
}
