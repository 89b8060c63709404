import { rule } from '../rbac/harness.ts'
import type { WrittenRule } from '../../fuzz/world.ts'

/** Rights of a user: of a role in a namespace, or everywhere. */
export type Grant = { in?: string; rules: WrittenRule[] }

const enforce = 'pod-security.kubernetes.io/enforce'

/** Namespaces by what they enforce; `late` begins to only when its pods are there. */
export const namespaces: Record<string, Record<string, string>> = {
  open: {},
  base: { [enforce]: 'baseline' },
  tight: { [enforce]: 'restricted' },
  own: { [enforce]: 'baseline' },
  late: {},
}

const image = 'localhost/agnhost:1'
type Spec = { [key: string]: unknown }
const pod = (namespace: string, name: string, container: Spec = {}, spec: Spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'a', image, args: ['pause'], ...container }],
    ...spec,
  },
})
const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'a', image, args: ['pause'] }] },
})
const controller = (kind: string, namespace: string, name: string) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { namespace, name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name) },
})
const account = (namespace: string, name: string) => {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } }
}

/** What is there before anybody attacks. */
export const objects = [
  ...['open', 'base', 'tight', 'own'].map((namespace) => account(namespace, 'boss')),
  ...['quiet', 'done'].map((name) => account('open', name)),
  pod('open', 'boss', {}, { serviceAccountName: 'boss' }),
  pod('open', 'shell', { command: ['sh'], args: [], stdin: true }, { serviceAccountName: 'boss' }),
  pod('open', 'swapped', {}, { serviceAccountName: 'boss' }),
  pod('open', 'swap-by-role', {}, {}),
  pod(
    'open',
    'quiet',
    {},
    { serviceAccountName: 'quiet', automountServiceAccountToken: false, imagePullSecrets: [{ name: 'pull' }] },
  ),
  pod('open', 'done', { command: ['true'], args: [] }, { serviceAccountName: 'done', restartPolicy: 'Never' }),
  pod(
    'open',
    'host',
    { securityContext: { privileged: true }, volumeMounts: [{ name: 'host', mountPath: '/host' }] },
    { volumes: [{ name: 'host', hostPath: { path: '/' } }] },
  ),
  pod('open', 'pids', {}, { hostPID: true, automountServiceAccountToken: false }),
  pod('open', 'waiting', {}, { schedulerName: 'nobody', serviceAccountName: 'boss' }),
  pod('base', 'boss', {}, { serviceAccountName: 'boss' }),
  pod('late', 'free', { securityContext: { privileged: true } }),
  pod('late', 'plain'),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'open', name: 'pull' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': '{}' },
  },
  controller('Deployment', 'open', 'web'),
  controller('DaemonSet', 'kube-system', 'agent'),
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { namespace: 'open', name: 'task' },
    spec: { suspend: true, template: { spec: { ...template('task').spec, restartPolicy: 'Never' } } },
  },
]

const read = rule('get', '', 'pods')

/** Each user is named for what it may do. */
export const grants: Record<string, Grant[]> = {
  creates: [{ in: 'open', rules: [rule('create', '', 'pods')] }],
  'creates-tight': [{ in: 'tight', rules: [rule('create', '', 'pods')] }],
  'creates-base': [{ in: 'base', rules: [rule('create', '', 'pods')] }],
  'creates-own': [{ in: 'own', rules: [rule('create', '', 'pods')] }],
  applies: [{ in: 'open', rules: [rule('create,patch', '', 'pods', 'applied')] }],
  'applies-by-two': [
    { in: 'open', rules: [rule('create', '', 'pods', 'applied-two')] },
    { rules: [rule('patch', '', 'pods', 'applied-two', 'nothing')] },
  ],
  'creates-named': [{ in: 'open', rules: [rule('create', '', 'pods', 'named')] }],
  'patches-absent': [{ in: 'open', rules: [rule('patch', '', 'pods', 'absent')] }],
  'creates-deployments': [{ in: 'open', rules: [rule('create', 'apps', 'deployments')] }],
  'patches-web': [{ in: 'open', rules: [rule('patch', 'apps', 'deployments', 'web')] }],
  'patches-no-web': [{ in: 'open', rules: [rule('patch', 'apps', 'deployments', 'no-web')] }],
  'scales-web': [{ in: 'open', rules: [rule('update,patch', 'apps', 'deployments/scale', 'web')] }],
  'patches-jobs': [{ in: 'open', rules: [rule('update,patch', 'batch', 'jobs')] }],
  'patches-statefulsets': [{ in: 'open', rules: [rule('update,patch', 'apps', 'statefulsets')] }],
  'patches-agent': [{ in: 'kube-system', rules: [rule('patch', 'apps', 'daemonsets', 'agent')] }],
  execs: [{ in: 'open', rules: [read, rule('create', '', 'pods/exec')] }],
  'execs-by-get': [{ in: 'open', rules: [read, rule('get', '', 'pods/exec', 'boss')] }],
  'execs-elsewhere': [{ in: 'open', rules: [read, rule('create,get', '', 'pods/exec', 'other')] }],
  'execs-by-star': [{ in: 'open', rules: [read, rule('create,get', '', 'pods/*,*/*')] }],
  attaches: [{ in: 'open', rules: [read, rule('create,get', '', 'pods/attach')] }],
  debugs: [{ in: 'open', rules: [rule('patch', '', 'pods/ephemeralcontainers')] }],
  'debugs-base': [{ in: 'base', rules: [rule('patch', '', 'pods/ephemeralcontainers', 'boss')] }],
  'debugs-by-pods': [{ in: 'base', rules: [rule('patch', '', 'pods')] }],
  swaps: [{ in: 'open', rules: [rule('patch', '', 'pods', 'swapped')] }],
  'swaps-late': [{ in: 'late', rules: [rule('patch', '', 'pods')] }],
  'proxies-create': [{ rules: [rule('create', '', 'nodes/proxy')] }],
  'proxies-get': [{ rules: [rule('get', '', 'nodes/proxy', 'node1')] }],
  'reads-nodes': [{ rules: [rule('get,create', '', 'nodes/log,nodes/stats,nodes/metrics,nodes/configz,nodes/pods')] }],
  'makes-volumes': [{ rules: [rule('create', '', 'persistentvolumes')] }],
  'labels-own': [{ in: 'own', rules: [rule('patch', '', 'namespaces/status')] }],
  'labels-other': [{ rules: [rule('patch,update', '', 'namespaces', 'open')] }],
  binds: [{ in: 'open', rules: [rule('create', '', 'pods/binding')] }],
}
