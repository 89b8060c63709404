import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { readBundle } from '../../../src/bundle/read.ts'
import { diffBundles } from '../../../src/evidence/diff/diff-bundles.ts'
import type { EvidenceDiffReport, ObjectChange } from '../../../src/evidence/diff/report.ts'
import { evidenceDiffTable } from '../../../src/terminal/evidence-diff-text.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import { apply, image, kubectl, namespace, podOf, ready, until } from '../isolation/stage.ts'
import { collectTo, scratch, sealedBundle } from './collecting.ts'

const rbac = 'rbac.authorization.k8s.io'
const role = (verbs: string[]) => ({
  apiVersion: `${rbac}/v1`,
  kind: 'Role',
  metadata: { namespace: 'shop', name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
})
const binding = (kind: string, name: string, roleRef: object, more: object = {}) => ({
  apiVersion: `${rbac}/v1`,
  kind,
  metadata: { name, ...more },
  roleRef: { apiGroup: rbac, ...roleRef },
  subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'web' }],
})
const deployment = (value: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'shop', name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, args: ['pause'], env: [{ name: 'DB_PASSWORD', value }] }],
      },
    },
  },
})
const secret = (password: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'shop', name: 'db' },
  stringData: { password },
})
const webhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'helper' },
  webhooks: [
    {
      name: 'pods.helper.example',
      clientConfig: { url: 'https://203.0.113.9/mutate' },
      rules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
}

describeWithCluster('node', 'what changed between two bundles', (cluster) => {
  let report: EvidenceDiffReport
  const taken = async (name: string) => {
    const directory = join(folder, name)
    await collectTo(directory, await connected(cluster().kubeconfig), { namespace: 'shop' })
    return { path: directory, bundle: await readBundle(directory) }
  }
  let folder = ''
  const find = (resource: string, name: string) =>
    report.changes.find(({ object }) => object.resource === resource && object.name === name) as ObjectChange
  const settled = async () => {
    await kubectl(cluster(), 'rollout', 'status', '-n', 'shop', 'deployment/web', '--timeout=60s')
    // The old pod is gone as well.
    const names = () => kubectl(cluster(), 'get', 'pods', '-n', 'shop', '-l', 'app=web', '-o', 'name')
    await until('the end of the old pod', async () => (await names()).trim().split('\n').length === 1, 60_000)
  }

  beforeAll(async () => {
    await apply(cluster(), namespace('shop'), role(['get']), deployment('before-1'), secret('one'))
    await apply(cluster(), binding('RoleBinding', 'read', { kind: 'Role', name: 'reader' }, { namespace: 'shop' }))
    await apply(cluster(), podOf('shop', 'solo'), podOf('shop', 'still'))
    await ready(cluster(), 'shop', 'solo', 'still')
    await settled()
  }, 120_000)

  test('what an intruder changed is named, with what it means, and nothing is that nobody did', async () => {
    folder = scratch()
    const before = await taken('before')
    await apply(
      cluster(),
      binding('ClusterRoleBinding', 'helper', { kind: 'ClusterRole', name: 'cluster-admin' }),
      role(['get', 'update']),
      webhook,
      deployment('after-22'),
      secret('two'),
    )
    await kubectl(cluster(), 'delete', 'pod', 'solo', '-n', 'shop', '--grace-period=0', '--force')
    await apply(cluster(), podOf('shop', 'solo', { args: ['netexec', '--http-port=8888'] }))
    await kubectl(cluster(), 'label', 'node', 'node1', 'intruder=was-here')
    await ready(cluster(), 'shop', 'solo')
    await settled()
    report = await diffBundles(before, await taken('after'))

    expect(report).toMatchObject({ complete: true, unknown: [] })
    const told = report.changes.map(({ change, object: { resource, namespace: space, name } }) => {
      return `${change} ${resource} ${space === undefined ? '' : `${space}/`}${name.replace(/^web-.*/, 'web-*')}`
    })
    const byIntruder = [
      'added clusterrolebindings helper',
      'changed roles shop/reader',
      'added mutatingwebhookconfigurations helper',
      'changed secrets shop/db',
      'changed deployments shop/web',
      'changed nodes node1',
      'recreated pods shop/solo',
    ]
    // The deployment's controller makes another ReplicaSet, and that another pod.
    const byCluster = [
      'added replicasets shop/web-*',
      'changed replicasets shop/web-*',
      'added pods shop/web-*',
      'removed pods shop/web-*',
    ]
    expect(told.toSorted()).toEqual([...byIntruder, ...byCluster].toSorted())
    expect(told.slice(0, 3)).toEqual(byIntruder.slice(0, 3))
  })

  test('who gained which rights', () => {
    const web = { kind: 'ServiceAccount', namespace: 'shop', name: 'web' }
    const via = (kind: string, name: string) => [
      expect.objectContaining({ binding: expect.objectContaining({ kind, name }) }),
    ]
    expect(report.rights).toEqual([
      {
        subject: web,
        gained: [
          { scope: '*', apiGroup: '*', resource: '*', verbs: ['*'], via: via('ClusterRoleBinding', 'helper') },
          { scope: '*', url: '*', verbs: ['*'], via: via('ClusterRoleBinding', 'helper') },
          { scope: 'shop', apiGroup: '', resource: 'configmaps', verbs: ['update'], via: via('RoleBinding', 'read') },
        ],
        lost: [],
      },
    ])
  })

  test('which fields, and who says that they did it, when', () => {
    expect(find('mutatingwebhookconfigurations', 'helper').facts).toEqual([
      'pods.helper.example asks https://203.0.113.9/mutate on CREATE of things, failurePolicy Ignore',
    ])
    const now = expect.objectContaining({
      time: expect.stringMatching(/^\d{4}-/),
      manager: 'kubectl-client-side-apply',
    })
    const env = ['spec', 'template', 'spec', 'containers', { name: 'main' }, 'env', { name: 'DB_PASSWORD' }, 'value']
    expect(find('deployments', 'web')).toMatchObject({
      claimed: now,
      fields: [{ path: env, before: 'before-1', after: 'after-22' }],
    })
    expect(find('roles', 'reader')).toMatchObject({ claimed: now, fields: [{ path: ['rules'] }] })
    expect(find('nodes', 'node1')).toMatchObject({
      claimed: { manager: 'kubectl-label' },
      fields: [{ path: ['metadata', 'labels', 'intruder'], after: 'was-here' }],
    })
    expect(find('secrets', 'db')).toMatchObject({ claimed: now, fields: [{ path: ['metadata', 'resourceVersion'] }] })
    expect(find('pods', 'solo')).toMatchObject({ claimed: now, uidBefore: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    const text = evidenceDiffTable(report, { wide: false, width: undefined })
    expect(text).toContain('env[DB_PASSWORD].value: "‹')
    expect(text).not.toMatch(/before-1|after-22/)
  })

  test('a sealed bundle and its directory do not differ', async () => {
    folder = scratch()
    const one = await taken('case')
    const sealed = { path: 'sealed', bundle: await sealedBundle(one.path) }
    expect(await diffBundles(one, sealed)).toMatchObject({ complete: true, changes: [], rights: [] })
  })
})
