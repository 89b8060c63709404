import type { TestCluster } from '../../cluster/test-cluster.ts'
import { apply, established, kubectl, namespace, podOf, ready } from '../isolation/stage.ts'

const rbac = 'rbac.authorization.k8s.io'
const gateway = 'gateway.networking.k8s.io'
const monitoring = 'monitoring.coreos.com'

/** The real group, kind and subresource; of the schema nothing but that it is an object. */
function crd(group: string, kind: string, scope: 'Namespaced' | 'Cluster' = 'Namespaced'): object {
  const singular = kind.toLowerCase()
  const plural = singular.endsWith('s') ? `${singular}es` : `${singular}s`
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const version = { name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }
  // Without it the API server takes no CRD of a group of Kubernetes' own.
  const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/2466' }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations },
    spec: { group, scope, names: { kind, plural, singular }, versions: [version] },
  }
}
const crds = [
  crd(gateway, 'GatewayClass', 'Cluster'),
  crd(gateway, 'Gateway'),
  crd(gateway, 'HTTPRoute'),
  crd(monitoring, 'Prometheus'),
  crd(monitoring, 'ServiceMonitor'),
]

const of = (apiVersion: string, kind: string, path: string, more: object): object => {
  const [name = '', space] = path.split('/').reverse()
  return { apiVersion, kind, metadata: { name, ...(space === undefined ? {} : { namespace: space }) }, ...more }
}
const labelled = (path: string, labels: object, account = 'default') => {
  const [space = '', name = ''] = path.split('/')
  const pod = podOf(space, name, {}, { serviceAccountName: account, automountServiceAccountToken: false })
  return { ...pod, metadata: { namespace: space, name, labels } }
}
const served = (name: string) => [
  podOf('app', name),
  of('v1', 'Service', `app/${name}`, {
    metadata: { namespace: 'app', name, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  }),
]
const account = (path: string) => of('v1', 'ServiceAccount', path, {})
const role = (name: string, apiGroup: string, resource: string, verb: string) =>
  of(`${rbac}/v1`, 'ClusterRole', name, { rules: [{ apiGroups: [apiGroup], resources: [resource], verbs: [verb] }] })
const bound = (kind: string, path: string, roleName: string, space: string, name: string) =>
  of(`${rbac}/v1`, kind, path, {
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', namespace: space, name }],
  })
const route = (path: string, backend: string, ...gateways: string[]) =>
  of(`${gateway}/v1`, 'HTTPRoute', path, {
    spec: {
      parentRefs: gateways.map((name) => ({ name, namespace: 'infra' })),
      rules: [{ backendRefs: [{ name: backend, namespace: 'app', port: 80 }] }],
    },
  })
const monitor = (path: string, app: string) =>
  of(`${monitoring}/v1`, 'ServiceMonitor', path, {
    spec: {
      namespaceSelector: { matchNames: ['app'] },
      selector: { matchLabels: { app } },
      endpoints: [{ port: 'http' }],
    },
  })

const controller = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' }
const named = { [`${gateway}/gateway-name`]: 'main' }
const owned = {
  'gateway.envoyproxy.io/owning-gateway-name': 'eg',
  'gateway.envoyproxy.io/owning-gateway-namespace': 'infra',
}

/**
 * `app` has one Service for each way in: web by an Ingress, api by a route of two gateways, stats by a ServiceMonitor; db has none of its own,
 * but `evil` declares one for it. Pods of agnhost play the controllers; those in `evil` have all of their labels.
 */
const objects: object[] = [
  ...['app', 'edge', 'infra', 'envoy', 'scrape', 'evil'].map((name) => namespace(name)),
  ...['web', 'api', 'stats', 'db'].flatMap(served),
  account('edge/controller'),
  account('scrape/prometheus'),
  role('controls', 'networking.k8s.io', 'ingresses/status', 'update'),
  role('finds', '', 'pods', 'list'),
  bound('ClusterRoleBinding', 'controls', 'controls', 'edge', 'controller'),
  bound('RoleBinding', 'app/finds', 'finds', 'scrape', 'prometheus'),
  of('networking.k8s.io/v1', 'IngressClass', 'nginx', { spec: { controller: 'k8s.io/ingress-nginx' } }),
  of('networking.k8s.io/v1', 'Ingress', 'app/web', {
    spec: { ingressClassName: 'nginx', defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
  }),
  of(`${gateway}/v1`, 'GatewayClass', 'example', { spec: { controllerName: 'example.com/gateway' } }),
  ...['main', 'eg'].map((name) =>
    of(`${gateway}/v1`, 'Gateway', `infra/${name}`, { spec: { gatewayClassName: 'example' } }),
  ),
  route('app/api', 'api', 'main', 'eg'),
  route('evil/db', 'db', 'main'),
  of(`${monitoring}/v1`, 'Prometheus', 'scrape/main', { spec: { serviceAccountName: 'prometheus' } }),
  monitor('app/stats', 'stats'),
  monitor('evil/db', 'db'),
  labelled('edge/controller', controller, 'controller'),
  labelled('infra/gate', named),
  labelled('envoy/proxy', owned),
  of('v1', 'Service', 'envoy/proxy', { spec: { selector: owned, ports: [{ port: 80, targetPort: 8080 }] } }),
  labelled('scrape/prometheus', { 'app.kubernetes.io/name': 'prometheus' }, 'prometheus'),
  labelled('evil/mask', { ...controller, ...named, ...owned, app: 'prometheus' }),
]

export const callers = ['edge/controller', 'infra/gate', 'envoy/proxy', 'scrape/prometheus', 'evil/mask']
export const services = ['web', 'api', 'stats', 'db']

export async function stageDeclared(cluster: TestCluster): Promise<void> {
  await apply(cluster, ...crds)
  await established(cluster, '--all')
  await apply(cluster, ...objects)
  await ready(cluster, 'app', ...services)
  for (const caller of callers) {
    const [space = '', name = ''] = caller.split('/')
    await ready(cluster, space, name)
  }
  // As its controller does.
  const address = await kubectl(cluster, 'get', 'service', 'proxy', '-n', 'envoy', '-o', 'jsonpath={.spec.clusterIP}')
  const patch = JSON.stringify({ status: { addresses: [{ type: 'IPAddress', value: address }] } })
  const status = ['--subresource=status', '--type=merge', '-p', patch]
  await kubectl(cluster, 'patch', 'gateway', 'eg', '-n', 'infra', ...status)
}

/** Who reaches whom now, as `CALLER>SERVICE`, in order; by the address of the pod, as controllers do. */
export async function openNow(cluster: TestCluster): Promise<string[]> {
  const addresses = await Promise.all(
    services.map(
      async (name) => await kubectl(cluster, 'get', 'pod', name, '-n', 'app', '-o', 'jsonpath={.status.podIP}'),
    ),
  )
  const tried = callers.flatMap((caller) =>
    services.map(async (name, index) => {
      const [space = '', pod = ''] = caller.split('/')
      const connect = ['/agnhost', 'connect', `${addresses[index]}:8080`, '--timeout=2s']
      const { code } = await cluster.exec(['kubectl', 'exec', '-n', space, pod, '--', ...connect])
      return code === 0 ? [`${caller}>${name}`] : []
    }),
  )
  return (await Promise.all(tried)).flat().sort()
}
