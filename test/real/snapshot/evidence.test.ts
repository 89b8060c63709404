import { beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { type Answer, canOf, evidenceOf, expectSame, type Question, reachOf, whatCanOf, whoCanOf } from './same.ts'
import { build } from './world.ts'

const group = 'rbac.authorization.k8s.io'
const more = [
  {
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
  },
  {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'all-of-it' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'goes-into': 'all-of-it' } }] },
    rules: [],
  },
  {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'backups', labels: { 'goes-into': 'all-of-it' } },
    rules: [{ apiGroups: ['example.com'], resources: ['backups', 'backups/status'], verbs: ['*'] }],
  },
  ...['all-of-it', 'nowhere'].map((name) => ({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', name: 'dave', apiGroup: group }],
  })),
]

const questions: Record<string, Question> = {
  'who-can get secrets -A': whoCanOf('get', 'secrets'),
  'who-can get secrets -n team-b': whoCanOf('get', 'secrets', { namespace: 'team-b' }),
  'who-can get secrets -n gone': whoCanOf('get', 'secrets', { namespace: 'gone' }),
  'who-can update bk/status -A': whoCanOf('update', 'bk/status'),
  'who-can get /metrics': whoCanOf('get', '/metrics'),
  'who-can get secrets --expand': whoCanOf('get', 'secrets', { expand: true }),
  'who-can get unheardof': whoCanOf('get', 'unheardof'),
  'what-can user:dave': whatCanOf('user:dave'),
  'what-can sa:team-b/app': whatCanOf('sa:team-b/app'),
  'what-can group:system:authenticated': whatCanOf('group:system:authenticated'),
  'can user:carol get secrets': canOf('user:carol', 'get', 'secrets', 'team-b'),
  'can sa:team-b/app get secrets/token': canOf('sa:team-b/app', 'get', 'secrets/token', 'team-b'),
  'can user:nobody delete nodes': canOf('user:nobody', 'delete', 'nodes', 'default'),
  reach: reachOf({}),
}
// Of a namespace that is not there, and that nobody named when the evidence was taken, it has not even the refusal.
const unheardOf = 'who-can get secrets -n gone'

describeWithCluster('control-plane', 'questions to evidence', (cluster) => {
  beforeAll(async () => {
    await build(cluster())
    await build(cluster(), more)
    await aggregated(
      async () => (await cluster().exec(['kubectl', 'get', 'clusterrole', 'all-of-it', '-o', 'json'])).stdout,
    )
  })

  test('the administrator gets the answers of the cluster, and they are complete', async () => {
    const options = { kubeconfig: cluster().kubeconfig }
    const evidence = await evidenceOf(options)
    const answers: Record<string, Answer> = {}
    for (const [name, question] of Object.entries(questions))
      answers[name] = await expectSame(question, evidence, options)
    const { reach, ...rights } = answers
    expect(Object.values(rights).map(({ complete, gaps }) => ({ complete, gaps }))).toEqual(
      Object.values(rights).map(() => ({ complete: true, gaps: [] })),
    )
    expect(answers['who-can update bk/status -A']?.['subjects']).toContainEqual(
      expect.objectContaining({ name: 'dave' }),
    )
    expect(answers['what-can user:dave']?.['dangling']).toHaveLength(1)
    expect(reach?.['rows']).toBeDefined()
  })

  test.each(['getter', 'blind', 'two-spaces', 'asker', 'cluster-asker', 'nobody'])(
    'who may not read all (%s) gets the same gaps',
    async (name) => {
      const { kubeconfig } = await cluster().clientCert(name)
      // Who may not list namespaces names the one that they ask about.
      const options = { kubeconfig, namespace: 'team-b' }
      const evidence = await evidenceOf(options)
      expect(evidence.report.status).not.toBe('complete')
      for (const [words, question] of Object.entries(questions))
        if (words !== unheardOf) await expectSame(question, evidence, options)
    },
  )
})

/** Waits for the controller; without one nobody would fill the rules. */
async function aggregated(read: () => Promise<string>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await read()).includes('backups/status')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the aggregated role stays empty')
}
