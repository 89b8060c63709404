import type { IsolateRequest } from '../../../../src/isolation/request.ts'
import type { LockdownOptions } from '../../../../src/lockdown/model.ts'
import type { TargetQuery } from '../../../../src/isolation/scene.ts'

type Manifest = { apiVersion: string; kind: string; metadata: { name: string; [key: string]: unknown } } & {
  [key: string]: unknown
}
/** One kind of isolation: what is there before, what is isolated, and how many pods controllers make of it. */
export type Target = {
  manifests(space: string, node: string): Manifest[]
  query(space: string, node: string): TargetQuery
  options?: IsolateRequest['options']
  /** The namespace is closed, and nothing in it isolated. */
  lockdown?: Partial<LockdownOptions>
  pods: number
}

const container = { name: 'app', image: 'localhost/agnhost:1' }
const labels = { app: 'web', tier: 'front' }
// Without a kubelet nobody else would let a deleted pod go.
const podSpec = (node: string, more: object = {}) => ({
  nodeName: node,
  terminationGracePeriodSeconds: 0,
  automountServiceAccountToken: false,
  tolerations: [{ operator: 'Exists' }],
  containers: [container],
  ...more,
})
const template = (node: string, more: object = {}) => ({ metadata: { labels }, spec: podSpec(node, more) })
const selector = { matchLabels: { app: 'web' } }
const object = (apiVersion: string, kind: string, spec: object, name = 'web'): Manifest => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})
const pod = (node: string, name = 'web', more: object = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels, annotations: { 'karpenter.sh/do-not-disrupt': 'false' } },
  spec: podSpec(node, more),
})
const service = object('v1', 'Service', { selector: { app: 'web' }, ports: [{ port: 80 }] })
// Selects the pod today, so that labels may only go once the twin has shown that ours is enforced.
const letsIn = object('networking.k8s.io/v1', 'NetworkPolicy', {
  podSelector: { matchLabels: { app: 'web' } },
  policyTypes: ['Ingress'],
  ingress: [{ from: [{ podSelector: { matchLabels: { role: 'client' } } }] }],
})
const jobSpec = (node: string) => ({ backoffLimit: 100, template: template(node, { restartPolicy: 'Never' }) })
const inSpace = (kind: Exclude<TargetQuery, { selector: string } | { kind: 'Node' }>['kind']) => (space: string) => ({
  kind,
  namespace: space,
  name: 'web',
})
const binding = (kind: 'RoleBinding' | 'ClusterRoleBinding', name: string, subjects: object[]): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects,
})

export const targets: Record<string, Target> = {
  pod: { manifests: (_, node) => [service, pod(node)], query: inSpace('Pod'), pods: 1 },
  'pod with policies': {
    manifests: (_, node) => [service, letsIn, pod(node)],
    query: inSpace('Pod'),
    options: { sever: true, cordon: true },
    pods: 1,
  },
  deployment: {
    manifests: (_, node) => [service, object('apps/v1', 'Deployment', { selector, template: template(node) })],
    query: inSpace('Deployment'),
    pods: 1,
  },
  replicaset: {
    manifests: (_, node) => [letsIn, object('apps/v1', 'ReplicaSet', { selector, template: template(node) })],
    query: inSpace('ReplicaSet'),
    pods: 1,
  },
  statefulset: {
    manifests: (_, node) => [
      service,
      object('apps/v1', 'StatefulSet', { serviceName: 'web', selector, template: template(node) }),
    ],
    query: inSpace('StatefulSet'),
    pods: 1,
  },
  daemonset: {
    manifests: (_, node) => [service, letsIn, object('apps/v1', 'DaemonSet', { selector, template: template(node) })],
    query: inSpace('DaemonSet'),
    pods: 1,
  },
  job: { manifests: (_, node) => [object('batch/v1', 'Job', jobSpec(node))], query: inSpace('Job'), pods: 1 },
  cronjob: {
    manifests: (_, node) => [
      object('batch/v1', 'CronJob', { schedule: '0 0 1 1 *', jobTemplate: { spec: jobSpec(node) } }),
      // Made as its controller would: its owner is filled in by the stage.
      { ...object('batch/v1', 'Job', jobSpec(node), 'web-1'), owner: 'CronJob/web' },
    ],
    query: inSpace('CronJob'),
    pods: 1,
  },
  serviceaccount: {
    manifests: (space, node) => {
      const account = { kind: 'ServiceAccount', namespace: space, name: 'web' }
      const ana = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ana' }
      return [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'web' } },
        binding('RoleBinding', 'alone', [account]),
        binding('ClusterRoleBinding', `${space}-with-others`, [ana, account, { ...ana, name: 'bob' }]),
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'web' } },
          type: 'kubernetes.io/service-account-token',
        },
        pod(node, 'web', { serviceAccountName: 'web' }),
      ]
    },
    query: inSpace('ServiceAccount'),
    options: { revoke: true },
    pods: 1,
  },
  node: {
    manifests: (_, node) => [service, pod(node), pod(node, 'other')],
    query: (_, node) => ({ kind: 'Node', name: node }),
    options: { cordon: true },
    pods: 2,
  },
  'lockdown, restricted': {
    manifests: (_, node) => [
      service,
      letsIn,
      object('apps/v1', 'Deployment', { selector, template: template(node) }),
      object(
        'apps/v1',
        'Deployment',
        {
          selector: { matchLabels: { app: 'api' } },
          template: {
            metadata: { labels: { app: 'api' } },
            spec: podSpec(node, { containers: [{ ...container, env: [{ name: 'WEB_URL', value: 'http://web' }] }] }),
          },
        },
        'api',
      ),
    ],
    query: inSpace('Deployment'),
    lockdown: { level: 'restricted' },
    pods: 2,
  },
  'lockdown, quarantine': {
    manifests: (space, node) => [
      service,
      binding('RoleBinding', 'clients', [
        { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ana' },
        { kind: 'ServiceAccount', namespace: space, name: 'default' },
      ]),
      object('apps/v1', 'StatefulSet', { serviceName: 'web', selector, template: template(node) }),
    ],
    query: inSpace('StatefulSet'),
    lockdown: { level: 'quarantine' },
    pods: 1,
  },
}
