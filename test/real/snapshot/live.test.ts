import { beforeAll, expect, test } from 'vitest'
import { secure } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { askAs, build, rows } from './world.ts'
import { established } from '../isolation/stage.ts'

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'backups.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'backups', singular: 'backup', kind: 'Backup', shortNames: ['bk'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object' } },
        subresources: { status: {} },
      },
    ],
  },
}
const restore = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'restore' },
    rules: [{ apiGroups: ['example.com'], resources: ['backups'], verbs: ['create'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'restore' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'restore' },
    subjects: [{ kind: 'User', name: 'dave', apiGroup: 'rbac.authorization.k8s.io' }],
  },
]

describeWithCluster('control-plane', 'questions to a live cluster', (cluster) => {
  beforeAll(async () => await build(cluster()))

  test('--verify agrees with every row', async () => {
    for (const words of [
      ['get', 'secrets', '-A'],
      ['get', 'secrets', '-n', 'team-b'],
      ['get', 'secrets/token', '-n', 'team-b'],
      ['get', '/metrics'],
      ['delete', 'namespaces/team-a'],
    ]) {
      const { code, report } = await askAs(cluster(), undefined, 'who-can', ...words, '--verify')
      expect({ words, code, gaps: report.gaps }).toEqual({ words, code: 0, gaps: [] })
      expect(report.subjects).not.toEqual([])
      for (const row of report.subjects) expect(row).toMatchObject({ verified: { allowed: true } })
    }
  })

  test('--expand shows the service accounts behind a group', async () => {
    const { report } = await askAs(cluster(), undefined, 'who-can', 'get', 'secrets', '-n', 'team-b', '--expand')
    const group = report.subjects.find(({ name }) => name === 'system:serviceaccounts:team-b')
    expect(group).toMatchObject({
      members: expect.arrayContaining([{ namespace: 'team-b', name: 'app', pods: [] }]) as unknown,
    })
  })

  test('--as and --as-group ask as somebody else', async () => {
    const flags = ['--kubeconfig', cluster().kubeconfig, '-o', 'json']
    const bob = await secure(['who-can', 'get', 'secrets', '-A', '--as', 'bob', ...flags])
    expect([bob.code, bob.stderr]).toEqual([3, expect.stringContaining('User "bob" cannot list')])
    const masters = await secure([
      'who-can',
      'get',
      'secrets',
      '-A',
      '--as',
      'x',
      '--as-group',
      'system:masters',
      ...flags,
    ])
    expect(masters.code).toBe(0)
    const boss = await askAs(cluster(), 'boss', 'who-can', 'get', 'secrets', '-A', '--as', 'alice')
    expect([boss.code, boss.stdout]).toEqual([3, expect.not.stringContaining('carol')])
    expect(boss.stderr).toMatch(/cannot impersonate resource \\?"users/)
  })

  test('a custom resource is found by discovery, by each of its names', async () => {
    await build(cluster(), [crd, ...restore])
    await established(cluster(), 'backups.example.com')
    for (const type of ['backups', 'backup', 'bk', 'Backup', 'backups.example.com', 'backups.v1.example.com']) {
      const { report } = await askAs(cluster(), undefined, 'who-can', 'create', type)
      expect({ type, rows: rows(report) }).toMatchObject({
        type,
        rows: expect.arrayContaining(['User /dave in *']) as unknown,
      })
    }
    const status = await askAs(cluster(), undefined, 'who-can', 'create', 'backups/status')
    expect(rows(status.report)).not.toContain('User /dave in *')
  })
})
