/** How much of a cluster is started: control-plane needs no root; node adds a kubelet, enforced policies, Services and DNS. */
export type Level = 'control-plane' | 'node'

/** Each pinned Go module has a folder of its own under components/, so that a bump of one rebuilds only that one. */
export type ModuleName = 'kubernetes' | 'calico' | 'coredns' | 'containerd' | 'minio'

const kubernetes = 'k8s.io/kubernetes/cmd'
const containerd = 'github.com/containerd/containerd/v2/cmd'

/** Every binary of the test cluster, and the package it is built from. */
export const binaries = {
  etcd: { module: 'kubernetes', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kubernetes', package: `${kubernetes}/kube-apiserver` },
  'kube-controller-manager': { module: 'kubernetes', package: `${kubernetes}/kube-controller-manager` },
  kubectl: { module: 'kubernetes', package: `${kubernetes}/kubectl` },
  'kube-scheduler': { module: 'kubernetes', package: `${kubernetes}/kube-scheduler` },
  kubelet: { module: 'kubernetes', package: `${kubernetes}/kubelet` },
  'kube-proxy': { module: 'kubernetes', package: `${kubernetes}/kube-proxy` },
  agnhost: { module: 'kubernetes', package: 'k8s.io/kubernetes/test/images/agnhost' },
  calico: { module: 'calico', package: 'github.com/projectcalico/calico/cni-plugin/cmd/calico' },
  'calico-felix': { module: 'calico', package: 'github.com/projectcalico/calico/felix/cmd/calico-felix' },
  coredns: { module: 'coredns', package: 'github.com/coredns/coredns' },
  containerd: { module: 'containerd', package: `${containerd}/containerd` },
  'containerd-shim-runc-v2': { module: 'containerd', package: `${containerd}/containerd-shim-runc-v2` },
  ctr: { module: 'containerd', package: `${containerd}/ctr` },
  minio: { module: 'minio', package: 'github.com/minio/minio' },
} as const satisfies Record<string, { module: ModuleName; package: string }>

export type BinaryName = keyof typeof binaries

/** All names, in the order they are built: what the control plane needs first, MinIO last. */
export const binaryNames = Object.keys(binaries) as BinaryName[]

/** The binaries a level runs. MinIO belongs to none: suites that upload evidence ask for it by name. */
export const binariesOf: Record<Level, readonly BinaryName[]> = {
  'control-plane': ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'],
  node: binaryNames.filter((name) => name !== 'minio'),
}
