import type { Json } from '../../../src/change/plan.ts'
import { createObject, patchObject } from '../../../src/cluster/write.ts'
import { type Place, setUp } from '../change/matrix/stage.ts'
import type { Target } from '../change/matrix/targets.ts'
import type { Bench } from '../change/matrix/trial.ts'
import { until } from '../isolation/stage.ts'
import { digestOf, hookOf } from './kill/around.ts'
import { runsAs } from './kill/pods.ts'

type Manifest = ReturnType<Target['manifests']>[number]
const rbac = 'rbac.authorization.k8s.io'
const object = (apiVersion: string, kind: string, name: string, more: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name },
  ...more,
})
const imageOf = (space: string, revision: number): string => `registry.test/${space}:${revision}`
const podSpec = (space: string, node: string, more: object = {}) => ({
  nodeName: node,
  terminationGracePeriodSeconds: 0,
  tolerations: [{ operator: 'Exists' }],
  serviceAccountName: 'web',
  containers: [{ name: 'app', image: imageOf(space, 1), ...more }],
})
const template = (app: string, spec: object) => ({
  selector: { matchLabels: { app } },
  template: { metadata: { labels: { app } }, spec },
})

/** One of everything that actions change: what is there is apt for each of them. */
const everything: Target = {
  pods: 3,
  query: (space) => ({ kind: 'Pod', namespace: space, name: 'bare' }),
  manifests(space, node) {
    const account = { kind: 'ServiceAccount', namespace: space, name: 'web' }
    const bob = { apiGroup: rbac, kind: 'User', name: 'bob' }
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'view' }
    const leaked = { envFrom: [{ secretRef: { name: 'key' } }] }
    const ofToken = { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'web' } }
    const job = { template: { spec: { ...podSpec(space, node), restartPolicy: 'Never' } } }
    return [
      object('v1', 'ServiceAccount', 'web', {}),
      object(`${rbac}/v1`, 'RoleBinding', 'alone', { roleRef, subjects: [account] }),
      object(`${rbac}/v1`, 'ClusterRoleBinding', `${space}-with-others`, { roleRef, subjects: [bob, account] }),
      object('v1', 'Secret', 'key', { stringData: { password: 'hunter2' } }),
      object('v1', 'Secret', 'key-2', { stringData: { password: 'hunter3' } }),
      { ...object('v1', 'Secret', 'token', { type: 'kubernetes.io/service-account-token' }), metadata: ofToken },
      object('v1', 'ConfigMap', 'config', { data: { level: 'debug' } }),
      object('v1', 'Service', 'web', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }),
      object('networking.k8s.io/v1', 'NetworkPolicy', 'lets-in', {
        spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{}] },
      }),
      {
        ...object('v1', 'Pod', 'bare', { spec: podSpec(space, node) }),
        metadata: { name: 'bare', labels: { app: 'web' } },
      },
      object('apps/v1', 'StatefulSet', 'web', {
        spec: { serviceName: 'web', ...template('web-set', podSpec(space, node, leaked)) },
      }),
      object('apps/v1', 'Deployment', 'api', {
        spec: { strategy: { type: 'Recreate' }, ...template('api', podSpec(space, node)) },
      }),
      object('batch/v1', 'CronJob', 'nightly', { spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: job } } }),
    ]
  },
}

/** A place with all of it: pods that are said to run, a Deployment with a revision to go back to, and a webhook that is called for nothing. */
export async function setStage({ cluster, kubeconfig }: Bench): Promise<Place> {
  const place = await setUp(cluster, kubeconfig, everything)
  const { space } = place
  const image = { op: 'replace' as const, path: '/spec/template/spec/containers/0/image', value: imageOf(space, 2) }
  await patchObject(cluster, `/apis/apps/v1/namespaces/${space}/deployments/api`, [image])
  const path = `/api/v1/namespaces/${space}/pods?labelSelector=app%3Dapi`
  await until('the second revision', async () => {
    const { items } = await cluster.json<{ items: { spec: { containers: { image: string }[] } }[] }>({ path })
    return items.length > 0 && items.every(({ spec }) => spec.containers[0]?.image === image.value)
  })
  await createObject(cluster, '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', hookOf(space))
  await runsAs(cluster, place)
  return place
}

/** What is answered to the inputs of apt playbooks, by their names; see fuzz-apt.ts. */
export function namedIn({ space, node }: Place): Record<string, Json> {
  const inSpace = (kind: string, name: string) => ({ kind, namespace: space, name })
  return {
    place: space,
    node,
    bare: inSpace('Pod', 'bare'),
    account: inSpace('ServiceAccount', 'web'),
    stateful: inSpace('StatefulSet', 'web'),
    deployment: inSpace('Deployment', 'api'),
    cron: inSpace('CronJob', 'nightly'),
    leaked: inSpace('Secret', 'key'),
    fresh: inSpace('Secret', 'key-2'),
    subject: `sa:${space}/web`,
    digest: digestOf(space),
  }
}
