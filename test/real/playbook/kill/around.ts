import type { Target } from '../../change/matrix/targets.ts'

// What incidents happen to: a workload with an account, its rights and its secrets.
type Manifests = ReturnType<Target['manifests']>
const rbac = 'rbac.authorization.k8s.io'
const labels = { app: 'web' }
const selector = { matchLabels: labels }
/** The image of a place's own pods: that it is refused touches no other place. */
export const imageOf = (space: string): string => `registry.test/${space}:1`
export const digestOf = (space: string): string =>
  `sha256:${Buffer.from(space).toString('hex').padEnd(64, '0').slice(0, 64)}`

const podSpec = (space: string, node: string, more: object = {}) => ({
  nodeName: node,
  terminationGracePeriodSeconds: 0,
  tolerations: [{ operator: 'Exists' }],
  serviceAccountName: 'web',
  containers: [{ name: 'app', image: imageOf(space) }],
  ...more,
})
const account: Manifests[number] = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } }
export const secret = (name: string): Manifests[number] => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password: 'hunter2' },
})
export const token: Manifests[number] = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'web' } },
  type: 'kubernetes.io/service-account-token',
}
export const pod = (space: string, node: string): Manifests[number] => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels },
  spec: podSpec(space, node),
})
// Its pods have names that answers can have.
export const statefulSet = (space: string, node: string, more: object = {}): Manifests[number] => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web' },
  spec: { selector, serviceName: 'web', template: { metadata: { labels }, spec: podSpec(space, node, more) } },
})
const bindings = (space: string): Manifests => {
  const subject = { kind: 'ServiceAccount', namespace: space, name: 'web' }
  const bob = { apiGroup: rbac, kind: 'User', name: 'bob' }
  const of = (kind: string, name: string, subjects: object[]): Manifests[number] => ({
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
    subjects,
  })
  return [of('RoleBinding', 'alone', [subject]), of('ClusterRoleBinding', `${space}-with-others`, [bob, subject])]
}
export const around = (space: string): Manifests => [account, ...bindings(space)]
const query = (space: string) => ({ kind: 'Pod' as const, namespace: space, name: 'web' })
export const target = (pods: number, manifests: Target['manifests']): Target => ({ manifests, query, pods })
export const inPod = target(1, (space, node) => [...around(space), pod(space, node)])

/** A webhook that is called for nothing, as nothing is made in such a namespace. */
export const hookOf = (space: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: `${space}-hook` },
  webhooks: [
    {
      name: 'a.hook.test',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Ignore',
      clientConfig: { url: 'https://127.0.0.1:1/' },
      namespaceSelector: { matchLabels: { nobody: 'has-it' } },
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    },
  ],
})
