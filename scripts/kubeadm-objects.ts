/*
 * What kubeadm makes of RBAC, from its sources (cmd/kubeadm/app/phases: bootstraptoken, uploadconfig, kubelet, kubeconfig, addons; Kubernetes 1.34,
 * and CoreDNS's role as it was before). Left out is what it makes of the certificates it uploads, which is gone after two hours: who still has it
 * should hear of it.
 */
const bootstrappers = { kind: 'Group', name: 'system:bootstrappers:kubeadm:default-node-token' }
const nodes = { kind: 'Group', name: 'system:nodes' }
const account = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' })

function everywhere(name: string, role: string, ...subjects: object[]) {
  return { kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { kind: 'ClusterRole', name: role }, subjects }
}

/** A Role that reads one ConfigMap, and its binding. */
function configMapRole(namespace: string, name: string, configMap: string, ...subjects: object[]) {
  const metadata = { name, namespace }
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: [configMap] }
  return [
    { kind: 'Role', metadata, rules: [rule] },
    { kind: 'RoleBinding', metadata, roleRef: { kind: 'Role', name }, subjects },
  ]
}

export const kubeadmObjects: Record<string, unknown>[] = [
  {
    kind: 'ClusterRole',
    metadata: { name: 'kubeadm:get-nodes' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }],
  },
  {
    kind: 'ClusterRole',
    metadata: { name: 'system:coredns' },
    rules: [
      { verbs: ['list', 'watch'], apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'] },
      { verbs: ['list', 'watch'], apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
      { verbs: ['get'], apiGroups: [''], resources: ['nodes'] },
    ],
  },
  // The API server's own, with the feature gate ClusterTrustBundle: its tests have the role alone.
  everywhere('system:cluster-trust-bundle-discovery', 'system:cluster-trust-bundle-discovery', {
    kind: 'Group',
    name: 'system:serviceaccounts',
  }),
  everywhere('kubeadm:get-nodes', 'kubeadm:get-nodes', bootstrappers),
  everywhere('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', bootstrappers),
  everywhere(
    'kubeadm:node-autoapprove-bootstrap',
    'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    bootstrappers,
  ),
  everywhere(
    'kubeadm:node-autoapprove-certificate-rotation',
    'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    nodes,
  ),
  everywhere('kubeadm:cluster-admins', 'cluster-admin', { kind: 'Group', name: 'kubeadm:cluster-admins' }),
  everywhere('kubeadm:node-proxier', 'system:node-proxier', account('kube-proxy')),
  everywhere('system:coredns', 'system:coredns', account('coredns')),
  ...configMapRole('kube-system', 'kubeadm:nodes-kubeadm-config', 'kubeadm-config', bootstrappers, nodes),
  ...configMapRole('kube-system', 'kubeadm:kubelet-config', 'kubelet-config', nodes, bootstrappers),
  ...configMapRole('kube-system', 'kube-proxy', 'kube-proxy', bootstrappers),
  ...configMapRole('kube-public', 'kubeadm:bootstrap-signer-clusterinfo', 'cluster-info', {
    kind: 'User',
    name: 'system:anonymous',
  }),
]
