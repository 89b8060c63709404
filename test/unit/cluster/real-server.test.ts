import { expect, test } from 'vitest'
import {
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from '../../../src/cluster/access-review.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import { discover } from '../../../src/cluster/discovery.ts'
import { walkDiscovery } from '../../../src/cluster/discovery-walk.ts'
import { list } from '../../../src/cluster/list.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { setting } from './setting.ts'

const name = (item: Record<string, unknown>): string => (item['metadata'] as { name: string }).name

describeWithCluster('control-plane', 'the cluster room on a real API server', (cluster) => {
  const open = (kubeconfig = cluster().kubeconfig): Promise<Cluster> => connect({ kubeconfig }, setting())

  test('aggregated discovery finds what the old walk finds', async () => {
    const connection = await open()
    const [aggregated, walked] = await Promise.all([discover(connection), walkDiscovery(connection)])
    expect(aggregated.failedGroups).toEqual([])
    expect(aggregated.resources.length).toBeGreaterThan(50)
    expect(aggregated.resources[0]?.group).toBe('')
    // The walk lists subresources in another order.
    const sorted = ({ resources }: typeof walked): unknown[] =>
      resources
        .map((one) =>
          JSON.stringify({ ...one, subresources: one.subresources.toSorted(), verbs: one.verbs.toSorted() }),
        )
        .toSorted()
    expect(sorted(aggregated)).toEqual(sorted(walked))
    connection.close()
  })

  test('pages join to the whole list', async () => {
    const connection = await open()
    const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
    const whole = await list(connection, path, name, { limit: 0 })
    const pages: number[] = []
    const paged = await list(connection, path, name, { limit: 7, onPage: (read) => pages.push(read) })
    expect(paged.items).toEqual(whole.items)
    expect(pages.length).toBeGreaterThan(5)
    expect(Number(paged.resourceVersion)).toBeGreaterThan(0)
    connection.close()
  })

  test('reviews of others, of ourselves and of paths', async () => {
    const eve = await cluster().clientCert('eve', ['team-a'])
    const [admin, connection] = await Promise.all([open(), open(eve.kubeconfig)])
    const attributes = { verb: 'list', resource: 'secrets', namespace: 'default' }
    expect(await subjectAccessReview(admin, { user: 'eve', groups: ['team-a'] }, attributes)).toMatchObject({
      allowed: false,
    })
    expect(await subjectAccessReview(admin, { user: 'root', groups: ['system:masters'] }, attributes)).toMatchObject({
      allowed: true,
    })
    expect(await selfSubjectAccessReview(connection, attributes)).toMatchObject({ allowed: false })
    expect(await selfSubjectAccessReview(connection, { verb: 'get', path: '/version' })).toMatchObject({
      allowed: true,
    })
    const rules = await selfSubjectRulesReview(connection, 'default')
    expect(rules.nonResourceRules.flatMap((rule) => rule.nonResourceURLs)).toContain('/version')
    await expect(connection.request({ path: '/api/v1/secrets' })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(
        /^GET \/api\/v1\/secrets: 403 Forbidden: secrets is forbidden: User "eve" cannot list/,
      ),
    })
    admin.close()
    connection.close()
  })

  test('impersonation is understood, odd names too', async () => {
    const connection = await connect(
      { kubeconfig: cluster().kubeconfig, as: 'jürgen@例え', asGroups: ['größe', 'b'], asUid: '7' },
      setting(),
    )
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    expect(await connection.json({ method: 'POST', path, body: review })).toMatchObject({
      status: { userInfo: { username: 'jürgen@例え', uid: '7', groups: ['größe', 'b', 'system:authenticated'] } },
    })
    connection.close()
  })
})
