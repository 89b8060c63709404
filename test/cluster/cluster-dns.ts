import type { AdminApi } from './api.ts'
import { addresses } from './control-plane.ts'
import { imageName } from './image.ts'

const labels = { 'k8s-app': 'kube-dns' }
const meta = { name: 'coredns', namespace: 'kube-system' }
const role = { name: 'system:coredns' }
const Corefile = `.:53 {
 errors
 ready
 kubernetes cluster.local in-addr.arpa ip6.arpa {
  pods insecure
 }
 cache 5
}
`
const container = {
  name: 'coredns',
  image: imageName,
  imagePullPolicy: 'Never',
  command: ['/coredns', '-conf', '/etc/coredns/Corefile'],
  ports: [
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
    { name: 'dns-tcp', containerPort: 53 },
  ],
  readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
  volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
}
const pod = {
  serviceAccountName: 'coredns',
  dnsPolicy: 'Default',
  containers: [container],
  volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
}
const ports = [
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'dns-tcp', port: 53 },
]
const list = ['list', 'watch']
const rules = [
  { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: list },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: list },
]
const subjects = [{ kind: 'ServiceAccount', ...meta }]
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', ...role }

/** Creates cluster DNS as real clusters have it: CoreDNS as pods behind the Service kube-dns. */
export async function createClusterDns(api: AdminApi): Promise<void> {
  const core = '/api/v1/namespaces/kube-system'
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await api.create(`${core}/serviceaccounts`, { metadata: meta })
  await api.create(`${rbac}/clusterroles`, { metadata: role, rules })
  await api.create(`${rbac}/clusterrolebindings`, { metadata: role, roleRef, subjects })
  await api.create(`${core}/configmaps`, { metadata: meta, data: { Corefile } })
  const spec = { clusterIP: addresses.dns, selector: labels, ports }
  await api.create(`${core}/services`, { metadata: { name: 'kube-dns', labels }, spec })
  await api.create('/apis/apps/v1/namespaces/kube-system/deployments', {
    metadata: { ...meta, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  })
}

/** Whether cluster DNS answers. */
export async function clusterDnsReady(api: AdminApi): Promise<boolean> {
  const { body, status } = await api.send('GET', '/apis/apps/v1/namespaces/kube-system/deployments/coredns')
  if (status !== 200) return false
  const deployment = JSON.parse(body) as { status?: { availableReplicas?: number } }
  return (deployment.status?.availableReplicas ?? 0) > 0
}
