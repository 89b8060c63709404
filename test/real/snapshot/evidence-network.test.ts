import { beforeAll, expect, test } from 'vitest'
import { type Plan, quarantineLabel } from '../../../src/change/plan.ts'
import { apiVersion } from '../../../src/snapshot/snapshot.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { podManifests } from '../network/cast.ts'
import { canOf, evidenceOf, expectSame, type Question, reachDiffOf, reachOf, whatCanOf, whoCanOf } from './same.ts'
import { build } from './world.ts'

const policies = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'web-only', namespace: 'net-a' },
    spec: {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 8080 }] }],
    },
  },
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'default.no-blue' },
    spec: {
      selector: "app == 'api'",
      types: ['Ingress'],
      ingress: [{ action: 'Deny', source: { selector: "app == 'db'" } }],
    },
  },
]

async function uidOf(cluster: TestCluster, namespace: string, name: string): Promise<string> {
  const got = await cluster.exec(['kubectl', 'get', 'pod', name, '-n', namespace, '-o', 'jsonpath={.metadata.uid}'])
  return got.stdout
}

function planFor(uid: string): Plan {
  const id = 'bbbb-cccc-dddd'
  const name = `kubectl-secure-${id}`
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }
  return {
    apiVersion,
    kind: 'Plan',
    id,
    command: ['isolate', 'pod/b1'],
    createdAt: '2026-11-21T00:00:00.000Z',
    cluster: { id: 'c', server: 'https://a.example' },
    user: { name: 'ann', groups: [] },
    changes: [
      {
        id: 'deny-1',
        do: 'create',
        why: 'cuts off',
        ref: { ...policy, resource: 'networkpolicies', namespace: 'net-b', name },
        body: {
          ...policy,
          metadata: { name, namespace: 'net-b' },
          spec: { podSelector: { matchLabels: { [quarantineLabel(id)]: 'true' } }, policyTypes: ['Ingress', 'Egress'] },
        },
      },
      {
        id: 'label-1',
        do: 'patch',
        why: 'marks it',
        ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'net-b', name: 'b1', uid },
        edits: [{ path: ['metadata', 'labels', quarantineLabel(id)], after: 'true', restore: 'always' }],
      },
    ],
    notes: [],
  }
}

describeWithCluster('node', 'questions about pods and the network to evidence', (cluster) => {
  beforeAll(async () => {
    await build(cluster(), podManifests())
    await build(cluster(), policies)
    await build(cluster(), [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'sees-pods' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'viewer' }],
      },
    ])
    const ready = ['kubectl', 'wait', '--for=condition=Ready', 'pods', '--all', '-A', '--timeout=120s']
    const { code, stderr } = await cluster().exec(ready)
    if (code !== 0) throw new Error(stderr)
  }, 180_000)

  test('the answers are those of the cluster', async () => {
    const options = { kubeconfig: cluster().kubeconfig }
    const evidence = await evidenceOf(options)
    const same = async (question: Question) => await expectSame(question, evidence, options)
    const reach = await same(reachOf({}))
    expect(reach.complete).toBe(true)
    expect(JSON.stringify(reach['rows'])).toContain('default.no-blue')
    await same(reachOf({ to: { kind: 'pod', namespace: 'net-a', name: 'a3' }, protocol: 'TCP', port: 8080 }))
    await same(reachOf({ from: { kind: 'external' }, verdicts: ['allowed'] }))
    const diff = await same(reachDiffOf(planFor(await uidOf(cluster(), 'net-b', 'b1'))))
    expect(JSON.stringify(diff['rows'])).toContain('"cut"')
    await same(whatCanOf('pod:net-a/a2'))
    await same(canOf('pod:net-a/a2', 'get', 'pods', 'net-a'))
    const expanded = await same(whoCanOf('list', 'pods', { expand: true }))
    expect(expanded.complete).toBe(true)
  })

  test('who may see pods, and no policies of Calico, gets the same gaps', async () => {
    const { kubeconfig } = await cluster().clientCert('viewer')
    const evidence = await evidenceOf({ kubeconfig })
    for (const question of [reachOf({}), whoCanOf('list', 'pods', { expand: true })]) {
      const { complete, gaps } = await expectSame(question, evidence, { kubeconfig })
      expect(complete).toBe(false)
      expect(gaps).not.toEqual([])
    }
  })
})
