import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { stateKinds } from '../../src/snapshot/question-kinds.ts'
import { bigShape, fill, post } from './big-rbac.ts'

/** How much a large cluster has beside RBAC, in the same namespaces. */
export const bigState = { nodes: 200, accounts: 3_000, secrets: 3_000, pods: 5_000, deployments: 1_000, volumes: 300 }

const namespaceOf = (index: number) => `team-${index % bigShape.namespaces}`
const inside = (index: number) => `/api/v1/namespaces/${namespaceOf(index)}`

/**
 * Fills a cluster of a control plane alone with RBAC (big-rbac.ts) and with pods and what is around them. The pods are on nodes that have no kubelet:
 * their status is what a kubelet would write.
 */
export async function fillCluster(
  cluster: Cluster,
  shape = bigState,
  rbac = bigShape,
  say: (line: string) => void = () => {},
): Promise<void> {
  await fill(cluster, rbac, say)
  const at = (path: string) => () => path
  await post(cluster, shape.nodes, at('/api/v1/nodes'), nodeOf)
  await post(cluster, shape.accounts, (index) => `${inside(index)}/serviceaccounts`, accountOf)
  await post(cluster, shape.secrets, (index) => `${inside(index)}/secrets`, secretOf)
  await post(cluster, shape.volumes, at('/api/v1/persistentvolumes'), volumeOf)
  say(`${shape.nodes} nodes, ${shape.accounts} accounts, ${shape.secrets} secrets`)
  const deployments = (index: number) => `/apis/apps/v1/namespaces/${namespaceOf(index)}/deployments`
  await post(cluster, shape.deployments, deployments, deploymentOf)
  await post(cluster, shape.pods, (index) => `${inside(index)}/pods`, podOf)
  say(`${shape.pods} pods`)
  const status = Array.from({ length: shape.pods }, (_, index) => index).values()
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const index of status) await patchStatus(cluster, index)
    }),
  )
  say('and their status')
}

/** Writes all that paths and risks read into files, as `kubectl get -o json` would. */
export async function dumpCluster(cluster: Cluster, folder: string): Promise<void> {
  mkdirSync(folder)
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const lists = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((name) => `${rbac}/${name}`)
  const others = stateKinds.map(({ group, resource }) =>
    group === '' ? `/api/v1/${resource}` : `/apis/${group}/v1/${resource}`,
  )
  for (const [index, path] of [...lists, ...others].entries()) {
    const { body } = await cluster.request({ path })
    writeFileSync(join(folder, `${index}.json`), body)
  }
}

function nodeOf(index: number) {
  const isMaster = index < 3
  const role = isMaster ? { 'node-role.kubernetes.io/control-plane': '' } : {}
  const labels = {
    'kubernetes.io/hostname': `node-${index}`,
    'topology.kubernetes.io/zone': `zone-${index % 3}`,
    ...role,
  }
  return { metadata: { name: `node-${index}`, labels }, spec: { providerID: `aws:///zone-${index % 3}/i-${index}` } }
}

function accountOf(index: number) {
  const role = { 'eks.amazonaws.com/role-arn': `arn:aws:iam::1:role/app-${index}` }
  return { metadata: { name: accountName(index), annotations: index % 20 === 0 ? role : {} } }
}

// Ten in each namespace.
function accountName(index: number): string {
  return `app-${Math.floor(index / bigShape.namespaces) % 10}`
}

function secretOf(index: number) {
  return { metadata: { name: `key-${index}` }, data: { token: Buffer.alloc(700, index % 256).toString('base64') } }
}

function volumeOf(index: number) {
  return {
    metadata: { name: `pv-${index}` },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      ...(index % 10 === 0 ? { hostPath: { path: `/data/${index}` } } : { nfs: { server: 'nfs', path: `/${index}` } }),
    },
  }
}

function deploymentOf(index: number) {
  const app = `web-${index}`
  return {
    metadata: { name: app, labels: { app } },
    // Its controller is to make nothing of it.
    spec: {
      paused: true,
      replicas: 0,
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: specOf(index) },
    },
  }
}

function podOf(index: number) {
  const app = `web-${index % 1000}`
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `${app}-5d8f7c`,
    uid: `1-${index}`,
    controller: true,
  }
  return {
    metadata: { name: podName(index), labels: { app, 'pod-template-hash': '5d8f7c' }, ownerReferences: [owner] },
    spec: { ...specOf(index), nodeName: `node-${index % bigState.nodes}`, tolerations: [{ operator: 'Exists' }] },
  }
}

function podName(index: number): string {
  return `web-${index % 1000}-5d8f7c-${index}`
}

// One of a hundred is an agent of its node.
function specOf(index: number) {
  const isAgent = index % 100 === 0
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 }
  const named = ['http', 'log', 'config', 'cache', 'mode', 'zone'].map((name) => ({ name, value: `${name}-${index}` }))
  const fromSecret = { name: 'TOKEN', valueFrom: { secretKeyRef: { name: `key-${index % 3000}`, key: 'token' } } }
  return {
    serviceAccountName: accountName(index),
    ...(isAgent ? { hostPID: true, hostNetwork: true } : {}),
    containers: ['app', 'proxy'].map((name) => ({
      name,
      image: `registry.example.com/${name}@sha256:${'0'.repeat(64)}`,
      args: ['--listen=:8080', '--config=/etc/app/config.yaml', `--shard=${index}`],
      env: [...named, fromSecret],
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      livenessProbe: probe,
      readinessProbe: probe,
      securityContext: isAgent ? { privileged: true } : { allowPrivilegeEscalation: false },
      volumeMounts: [
        { name: 'config', mountPath: '/etc/app' },
        ...(isAgent ? [{ name: 'host', mountPath: '/host', readOnly: true }] : []),
      ],
    })),
    volumes: [
      { name: 'config', configMap: { name: `config-${index}` } },
      ...(isAgent ? [{ name: 'host', hostPath: { path: '/' } }] : []),
    ],
  }
}

async function patchStatus(cluster: Cluster, index: number): Promise<void> {
  const time = '2026-01-01T00:00:00Z'
  const status = {
    phase: 'Running',
    podIP: `10.${(index >> 8) & 255}.${index & 255}.1`,
    startTime: time,
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: time,
    })),
    containerStatuses: ['app', 'proxy'].map((name) => ({
      name,
      ready: true,
      restartCount: 0,
      image: `registry.example.com/${name}`,
      imageID: `registry.example.com/${name}@sha256:${'0'.repeat(64)}`,
      containerID: `containerd://${'1'.repeat(64)}`,
      state: { running: { startedAt: time } },
    })),
  }
  await cluster.request({
    method: 'PATCH',
    path: `${inside(index)}/pods/${podName(index)}/status`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status },
  })
}
