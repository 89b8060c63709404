import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { createObject } from '../../../../src/cluster/write.ts'
import type { Target } from '../../change/matrix/targets.ts'
import type { Place } from '../../change/matrix/stage.ts'

/** One shipped playbook on one kind of incident: what is there, and what is answered. Names of a place have its token, which is replaced below. */
export type Case = {
  playbook: string
  target: Target
  prepare?(cluster: Cluster, place: Place): Promise<void>
  answers(place: Place): {
    inputs: object
    decisions?: object
    confirm?: object
    /** Approved in the name of somebody, of the playbook as it ships. */
    approvals?: string[]
  }
}

type Manifests = ReturnType<Target['manifests']>
const rbac = 'rbac.authorization.k8s.io'
const labels = { app: 'web' }
const selector = { matchLabels: labels }
/** The image of a place's own pods: that it is refused touches no other place. */
const imageOf = (space: string): string => `registry.test/${space}:1`
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
const secret = (name: string): Manifests[number] => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password: 'hunter2' },
})
const token: Manifests[number] = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'web' } },
  type: 'kubernetes.io/service-account-token',
}
const pod = (space: string, node: string): Manifests[number] => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels },
  spec: podSpec(space, node),
})
// Its pods have names that answers can have.
const statefulSet = (space: string, node: string, more: object = {}): Manifests[number] => ({
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
const around = (space: string): Manifests => [account, ...bindings(space)]
const query = (space: string) => ({ kind: 'Pod' as const, namespace: space, name: 'web' })
const target = (pods: number, manifests: Target['manifests']): Target => ({ manifests, query, pods })
const inPod = target(1, (space, node) => [...around(space), pod(space, node)])

const takeover = (live: 'yes' | 'no'): Case => ({
  playbook: 'namespace-takeover',
  target: target(1, (space, node) => [...around(space), statefulSet(space, node)]),
  answers: ({ space }) => ({
    inputs: { namespace: space },
    decisions: { level: 'quarantine', live },
    confirm: { quarantine: true, ...(live === 'yes' && { cut: true }) },
  }),
})
const inShop = ({ space }: Place) => ({ namespace: space, pod: 'web' })
const compromised = (at: string) => ({
  decisions: { [`${at}scope`]: 'one', [`${at}takeRights`]: 'yes', [`${at}mend`]: 'delete', [`${at}hostReached`]: 'no' },
  confirm: { [`${at}cutOne`]: true, [`${at}revoke`]: true, [`${at}gone`]: 'web' },
  approvals: [`${at}sure`],
})

export const cases: Record<string, Case> = {
  'compromised-pod': {
    playbook: 'compromised-pod',
    target: inPod,
    answers: (place) => ({ inputs: inShop(place), ...compromised('') }),
  },
  'sa-token of a pod': {
    playbook: 'sa-token',
    target: target(1, (space, node) => [...around(space), token, pod(space, node)]),
    answers: ({ space }) => ({
      inputs: { namespace: space, account: 'web', whichPod: `${space}/web` },
      decisions: { bound: 'pod' },
      confirm: { revoke: true, deletePod: 'web' },
    }),
  },
  'sa-token by hand': {
    playbook: 'sa-token',
    target: target(1, (space, node) => [...around(space), token, pod(space, node)]),
    answers: ({ space }) => ({
      inputs: { namespace: space, account: 'web' },
      decisions: { bound: 'hand' },
      confirm: { revoke: true, recreate: 'web' },
    }),
  },
  'malicious-image': {
    playbook: 'malicious-image',
    target: target(1, (space, node) => [...around(space), statefulSet(space, node)]),
    answers: ({ space }) => ({
      inputs: { digest: digestOf(space) },
      decisions: { stop: 'stop', mend: 'delete' },
      confirm: { cut: true, block: true, stopped: 'web-0', ended: 'web-0' },
    }),
  },
  'rbac-escalation': {
    playbook: 'rbac-escalation',
    target: inPod,
    // Called for nothing, as nothing is made in such a namespace.
    prepare: async (cluster, { space }) =>
      void (await createObject(cluster, '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
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
      })),
    answers: ({ space }) => ({
      inputs: { subject: `sa:${space}/web`, which: `${space}-hook` },
      decisions: { own: 'no', webhook: 'yes' },
      confirm: { revoke: true, unhook: `${space}-hook` },
    }),
  },
  'node-escape': {
    playbook: 'node-escape',
    target: inPod,
    answers: ({ node }) => ({
      inputs: { node },
      decisions: { machine: 'done', rights: 'yes', replaced: 'yes' },
      confirm: { cordon: true, cut: true, revoke: true },
    }),
  },
  'secret-exposure': {
    playbook: 'secret-exposure',
    target: target(1, (space, node) => [
      ...around(space),
      secret('key'),
      secret('key-2'),
      statefulSet(space, node, {
        containers: [{ name: 'app', image: imageOf(space), envFrom: [{ secretRef: { name: 'key' } }] }],
      }),
    ]),
    answers: ({ space }) => ({
      inputs: { namespace: space, secret: 'key', fresh: 'key-2' },
      decisions: { issued: 'yes', dead: 'yes' },
      confirm: { move: 'web-0' },
    }),
  },
  'namespace-takeover': takeover('no'),
  'namespace-takeover, cut': takeover('yes'),
  'suspicious-exec': {
    playbook: 'suspicious-exec',
    target: inPod,
    answers: (place) => ({
      inputs: { ...inShop(place), who: `sa:${place.space}/web` },
      ...compromised('pod/'),
      decisions: { known: 'no', ...compromised('pod/').decisions },
      confirm: { revoke: true, ...compromised('pod/').confirm },
    }),
  },
}
