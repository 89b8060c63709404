import type { Cluster } from '../../src/cluster/cluster.ts'

/** How many of each kind a large cluster has: Rancher's and Datadog's shapes, 32,500 objects in 300 namespaces. */
export const bigShape = {
  namespaces: 300,
  clusterroles: 500,
  clusterrolebindings: 500,
  roles: 8_000,
  rolebindings: 23_500,
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const group = 'rbac.authorization.k8s.io'

/** Fills a cluster with RBAC objects such as tools and teams make them; every name follows from its number. */
export async function fill(cluster: Cluster, shape = bigShape, say: (line: string) => void = () => {}): Promise<void> {
  const namespaceOf = (index: number) => `team-${index % shape.namespaces}`
  // The number of a role in the namespace of this number.
  const rounds = Math.floor(shape.roles / shape.namespaces)
  const roleNear = (index: number) =>
    (index % shape.namespaces) + shape.namespaces * (Math.floor(index / shape.namespaces) % rounds)
  await post(
    cluster,
    shape.namespaces,
    () => '/api/v1/namespaces',
    (index) => ({ metadata: { name: `team-${index}` } }),
  )
  say(`${shape.namespaces} namespaces`)
  await post(
    cluster,
    shape.clusterroles,
    () => `${rbac}/clusterroles`,
    (index) => ({ metadata: meta(`tool-${index}`), rules: rules(index) }),
  )
  await post(
    cluster,
    shape.clusterrolebindings,
    () => `${rbac}/clusterrolebindings`,
    (index) => ({
      metadata: meta(`tool-${index}`),
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: `tool-${index % shape.clusterroles}` },
      subjects: subjects(index, namespaceOf(index)),
    }),
  )
  say(`${shape.clusterroles + shape.clusterrolebindings} cluster-wide objects`)
  await post(
    cluster,
    shape.roles,
    (index) => `${rbac}/namespaces/${namespaceOf(index)}/roles`,
    (index) => ({
      metadata: meta(`app-${index}`),
      rules: rules(index),
    }),
  )
  say(`${shape.roles} roles`)
  await post(
    cluster,
    shape.rolebindings,
    (index) => `${rbac}/namespaces/${namespaceOf(index)}/rolebindings`,
    (index) => ({
      metadata: meta(`app-${index}`),
      roleRef: {
        apiGroup: group,
        kind: index % 3 === 0 ? 'ClusterRole' : 'Role',
        name: index % 3 === 0 ? 'edit' : `app-${roleNear(index)}`,
      },
      subjects: subjects(index, namespaceOf(index)),
    }),
  )
  say(`${shape.rolebindings} role bindings`)
}

function meta(name: string) {
  return {
    name,
    labels: { 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/part-of': 'platform' },
    annotations: { 'meta.helm.sh/release-name': name },
  }
}

function rules(index: number) {
  return [
    { apiGroups: [''], resources: ['pods', 'pods/log', 'services', 'configmaps'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'statefulsets'],
      verbs: ['get', 'list', 'watch', 'update', 'patch'],
    },
    index % 5 === 0
      ? { apiGroups: [''], resources: ['secrets'], resourceNames: [`key-${index}`], verbs: ['get'] }
      : { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'delete'] },
  ]
}

function subjects(index: number, namespace: string) {
  return [
    { kind: 'ServiceAccount', name: `app-${index % 40}`, namespace },
    { kind: 'Group', apiGroup: group, name: `team-${index % 250}` },
    { kind: 'User', apiGroup: group, name: `user-${index % 900}@example.com` },
  ]
}

/** Makes objects by their numbers, sixteen at a time. */
export async function post(
  cluster: Cluster,
  count: number,
  path: (index: number) => string,
  body: (index: number) => object,
): Promise<void> {
  const queue = Array.from({ length: count }, (_, index) => index).values()
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const index of queue) await cluster.request({ method: 'POST', path: path(index), body: body(index) })
    }),
  )
}
