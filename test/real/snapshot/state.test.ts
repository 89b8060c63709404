import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type ReadWorld, withAttackWorld } from '../../../src/cli/attack-world.ts'
import { withCluster } from '../../../src/cli/session.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { discover } from '../../../src/cluster/discovery.ts'
import { liveOrigin } from '../../../src/snapshot/origin.ts'
import { stateFrom } from '../../../src/snapshot/read-state.ts'
import { folder } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { evidenceOf } from './same.ts'
import { build } from './world.ts'

const secretValue = 'the-value-of-this-secret'
const admission = 'admissionregistration.k8s.io/v1'
const spec = {
  serviceAccountName: 'app',
  // Nothing makes it one that runs: there is no scheduler.
  nodeName: 'worker-1',
  containers: [
    {
      name: 'app',
      image: 'app',
      securityContext: { privileged: true },
      env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'key', key: 'a' } } }],
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  ],
  tolerations: [{ operator: 'Exists' }],
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
}
const secretRef = { name: 'driver' }
const monitors = ['10.0.0.1']
// Every field that is read, where the API server takes it.
const rich = {
  serviceAccountName: 'app',
  automountServiceAccountToken: false,
  nodeName: 'worker-1',
  hostPID: true,
  hostIPC: true,
  hostNetwork: true,
  securityContext: { runAsUser: 1000, runAsNonRoot: true },
  imagePullSecrets: [{ name: 'pull' }],
  tolerations: [{ operator: 'Exists' }],
  initContainers: [
    { name: 'first', image: 'a', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'once', key: 'a' } } }] },
    { name: 'side', image: 'a', restartPolicy: 'Always', securityContext: { capabilities: { add: ['SYS_PTRACE'] } } },
  ],
  containers: [
    {
      name: 'app',
      image: 'a',
      envFrom: [{ secretRef: { name: 'all' } }],
      securityContext: { runAsUser: 0, runAsNonRoot: false, capabilities: { add: ['DAC_READ_SEARCH'], drop: ['ALL'] } },
      volumeMounts: [
        { name: 'host', mountPath: '/host', readOnly: true, subPath: 'kubernetes' },
        { name: 'token', mountPath: '/token' },
        { name: 'secret', mountPath: '/secret' },
      ],
    },
  ],
  volumes: [
    { name: 'host', hostPath: { path: '/etc' } },
    {
      name: 'token',
      projected: {
        sources: [{ serviceAccountToken: { path: 'a', audience: 'vault' } }, { secret: { name: 'projected' } }],
      },
    },
    { name: 'secret', secret: { secretName: 'mounted' } },
    { name: 'csi', csi: { driver: 'a', nodePublishSecretRef: secretRef } },
    { name: 'ceph', cephfs: { monitors, secretRef: { name: 'ceph' } } },
    { name: 'flex', flexVolume: { driver: 'a/b', secretRef: { name: 'flex' } } },
    {
      name: 'iscsi',
      iscsi: {
        targetPortal: '10.0.0.1',
        iqn: 'iqn.2026-01.com.example:a',
        lun: 0,
        chapAuthSession: true,
        secretRef: { name: 'iscsi' },
      },
    },
    { name: 'rbd', rbd: { monitors, image: 'a', secretRef: { name: 'rbd' } } },
    { name: 'scale', scaleIO: { gateway: 'a', system: 'a', volumeName: 'a', secretRef: { name: 'scale' } } },
    { name: 'storage', storageos: { volumeName: 'a', secretRef: { name: 'storage' } } },
    { name: 'azure', azureFile: { secretName: 'azure', shareName: 'a' } },
  ],
}
const alone = {
  hostUsers: false,
  shareProcessNamespace: true,
  nodeName: 'worker-1',
  tolerations: [{ operator: 'Exists' }],
  containers: [{ name: 'a', image: 'a', securityContext: { privileged: true } }],
}
const template = { metadata: { labels: { app: 'web' } }, spec }
const selector = { matchLabels: { app: 'web' } }
const never = { operations: ['CREATE'], apiGroups: ['none.example.com'], apiVersions: ['v1'], resources: ['nothing'] }
const hook = {
  name: 'hook.example.com',
  clientConfig: { service: { namespace: 'shop', name: 'hook' } },
  rules: [never],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
}
const world = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/warn': 'baseline' } },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: 'app',
      namespace: 'shop',
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/app' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'quiet', namespace: 'shop' },
    automountServiceAccountToken: false,
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'master', labels: { 'node-role.kubernetes.io/control-plane': '' } },
  },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker-1' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'shop' }, stringData: { a: secretValue } },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name: 'old', namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': 'app' } },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/var/lib/kubelet' },
      claimRef: { namespace: 'shop', name: 'data' },
    },
  },
  ...Object.entries({ web: spec, rich, alone }).map(([name, own]) => {
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' }, spec: own }
  }),
  ...['ReplicaSet', 'StatefulSet', 'Deployment'].map((kind) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: kind.toLowerCase(), namespace: 'shop' },
    spec: { replicas: 0, selector, template, ...(kind === 'StatefulSet' ? { serviceName: 'a' } : {}) },
  })),
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'task', namespace: 'shop' },
    spec: { suspend: true, template: { spec: { ...spec, restartPolicy: 'Never' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'old', namespace: 'shop' },
    spec: { replicas: 0, selector: { app: 'web' }, template },
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: { service: { namespace: 'shop', name: 'hook' } } },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'quiet', namespace: 'shop' },
    spec: { serviceAccountName: 'quiet', containers: [{ name: 'a', image: 'a' }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'shop' },
    spec: { selector, template },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'shop' },
    spec: {
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } },
    },
  },
  { apiVersion: admission, kind: 'MutatingWebhookConfiguration', metadata: { name: 'mutate' }, webhooks: [hook] },
  { apiVersion: admission, kind: 'ValidatingWebhookConfiguration', metadata: { name: 'validate' }, webhooks: [hook] },
  ...['in-force', 'not-bound'].map((name) => ({
    apiVersion: admission,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: { resourceRules: [never] }, validations: [{ expression: 'true' }] },
  })),
  {
    apiVersion: admission,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'in-force' },
    spec: { policyName: 'in-force', validationActions: ['Deny'] },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'some' },
    rules: [
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['list'] },
      {
        apiGroups: [''],
        resources: ['namespaces', 'serviceaccounts', 'persistentvolumes', 'replicationcontrollers'],
        verbs: ['list'],
      },
      {
        apiGroups: ['apps', 'batch', 'admissionregistration.k8s.io', 'apiextensions.k8s.io'],
        resources: ['*'],
        verbs: ['list'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'some' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'some' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'half' }],
  },
]
const dumped =
  `namespaces,serviceaccounts,nodes,secrets,persistentvolumes,pods,daemonsets,deployments,statefulsets,replicasets,jobs,replicationcontrollers,cronjobs,customresourcedefinitions,
  mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings,
  clusterroles,clusterrolebindings,roles,rolebindings`.replaceAll(/\s+/g, '')

describeWithCluster('control-plane', 'the state of a cluster', (cluster) => {
  beforeAll(async () => await build(cluster(), world), 60_000)

  test('is what the cluster has, without the value of any secret', async () => {
    const { state, gaps } = await withAttackWorld({}, { kubeconfig: cluster().kubeconfig })
    expect(gaps).toEqual([])
    const claimed = {
      kind: 'host-path',
      root: true,
      detail: '/var/lib/kubelet',
      discloses: ['kubelet-credential', 'pod-tokens'],
    }
    const privileged = { kind: 'privileged', field: 'spec.containers[0].securityContext.privileged', root: true }
    expect(state.pods.find(({ name }) => name === 'web')).toMatchObject({
      serviceAccount: 'app',
      node: 'worker-1',
      token: true,
      secrets: ['key'],
      escapes: [privileged, claimed],
    })
    const found = state.pods.find(({ name }) => name === 'rich')
    expect(found?.token).toBe(false)
    expect(found?.escapes.map(({ kind, detail, root, unsure }) => [kind, detail, root, unsure !== undefined])).toEqual([
      ['host-pid', undefined, false, false],
      ['host-network', undefined, false, false],
      ['host-ipc', undefined, false, false],
      ['capability', 'DAC_READ_SEARCH', false, false],
      ['host-path', '/etc/kubernetes', false, false],
      ['capability', 'SYS_PTRACE', true, true],
    ])
    const forNode = ['azure', 'ceph', 'driver', 'flex', 'iscsi', 'once', 'pull', 'rbd', 'scale', 'storage']
    expect(found?.nodeSecrets?.toSorted()).toEqual(forNode)
    expect(found?.secrets.toSorted()).toEqual(['all', 'mounted', 'projected', ...forNode].toSorted())
    expect(state.pods.find(({ name }) => name === 'quiet')).toMatchObject({ token: false, escapes: [] })
    const kinds = ['ReplicationController', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']
    for (const kind of kinds)
      expect(state.workloads).toContainEqual(
        expect.objectContaining({
          kind,
          namespace: 'shop',
          serviceAccount: 'app',
          escapes: [privileged, expect.objectContaining(claimed)],
        }),
      )
    expect(state.conversions).toEqual(['widgets.example.com'])
    expect(state.pods.find(({ name }) => name === 'alone')?.escapes).toMatchObject([
      { kind: 'shared-pid' },
      { kind: 'privileged', root: false },
    ])
    expect(state.nodes.map(({ name, controlPlane }) => [name, controlPlane])).toEqual([
      ['master', true],
      ['worker-1', false],
    ])
    expect(state.accounts).toContainEqual({ namespace: 'shop', name: 'quiet', annotations: {}, noAutomount: true })
    expect(state.secrets).toEqual([
      { namespace: 'shop', name: 'key' },
      { namespace: 'shop', name: 'old', serviceAccount: 'app' },
    ])
    expect(state.webhooks).toMatchObject([
      {
        kind: 'mutating',
        configuration: 'mutate',
        service: { namespace: 'shop', name: 'hook' },
        failurePolicy: 'Fail',
      },
      { kind: 'validating', configuration: 'validate' },
    ])
    expect(state.admissionPolicies).toEqual(['in-force'])
    expect(state.version).toMatch(/^1\.\d+$/)
    expect(everything(state)).not.toContain(secretValue)
    expect(everything(state)).not.toContain(Buffer.from(secretValue).toString('base64'))
  })

  test('asks for secrets in a way in which no value comes', async () => {
    const made = ['kubectl', 'create', 'secret', 'generic', 'made', '-n', 'shop', `--from-literal=a=${secretValue}-too`]
    expect(await cluster().exec(made)).toMatchObject({ code: 0 })
    const bodies: string[] = []
    await withCluster({ kubeconfig: cluster().kubeconfig }, async (live) => {
      const { resources } = await discover(live)
      const request: Cluster['request'] = async (asked) => {
        const answer = await live.request(asked)
        bodies.push(answer.body.toString())
        return answer
      }
      const { secrets } = await stateFrom(
        liveOrigin({ ...live, request }, () => {}),
        resources,
      )
      expect(secrets).toContainEqual({ namespace: 'shop', name: 'made' })
    })
    expect(bodies.join('\n')).toContain('made')
    expect(bodies.join('\n')).not.toContain(`${secretValue}-too`)
    expect(bodies.join('\n')).not.toContain(Buffer.from(`${secretValue}-too`).toString('base64'))
  })

  test('is the same of evidence, of its directory, and of manifests', async () => {
    const options = { kubeconfig: cluster().kubeconfig }
    const live = comparable(await withAttackWorld({}, options))
    const { file, directory } = await evidenceOf(options)
    for (const path of [file, directory])
      expect(comparable(await withAttackWorld({ snapshot: [path] }, {}))).toEqual(live)
    const dump = join(folder(), 'dump.json')
    writeFileSync(dump, (await cluster().exec(['kubectl', 'get', dumped, '-A', '-o', 'json'])).stdout)
    const files = await withAttackWorld({ snapshot: [dump] }, {})
    expect(everything(files)).not.toContain(Buffer.from(secretValue).toString('base64'))
    for (const secret of files.state.secrets) delete secret.type
    expect(comparable(files)).toEqual(live)
  })

  test('has a gap for each list that is refused, which names the ways that may be hidden', async () => {
    const { kubeconfig } = await cluster().clientCert('half')
    const { state, gaps, snapshot } = await withAttackWorld({}, { kubeconfig })
    expect(gaps).toEqual(state.gaps)
    expect(gaps.map(({ what }) => what)).toEqual(['list nodes', 'list pods', 'list secrets'])
    expect(gaps.find(({ resource }) => resource === 'pods')?.hides).toContain('pod-escape, node-pods')
    expect(state.workloads.length).toBeGreaterThan(6)
    expect(snapshot.clusterRoleBindings.length).toBeGreaterThan(10)
    const evidence = await evidenceOf({ kubeconfig })
    const again = await withAttackWorld({ snapshot: [evidence.directory] }, {})
    expect(again.gaps).toEqual(gaps)
  })

  test('is all gaps for who may read nothing of it', async () => {
    const { kubeconfig } = await cluster().clientCert('nobody')
    const { state } = await withAttackWorld({}, { kubeconfig })
    expect(state.gaps.filter(({ what }) => what.startsWith('list '))).toHaveLength(18)
    expect(state.version).toMatch(/^1\./)
  })
})

// The groups of manifests are those of the objects that there are.
function comparable({ state, snapshot }: ReadWorld): unknown {
  const { groups: _groups, version: _version, ...parts } = state
  const byText = (one: unknown, other: unknown) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
  const lists = Object.entries({ ...parts, bindings: snapshot.clusterRoleBindings, roles: snapshot.clusterRoles })
  return lists.map(([name, list]) => [name, [...list].toSorted(byText)])
}

function everything(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Set || part instanceof Map ? [...part] : part))
}
