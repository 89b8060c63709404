import { expect, test } from 'vitest'
import { discover } from '../../../src/cluster/discovery.ts'
import type { Handler } from './fake-server.ts'
import { sendStatus } from './fake-server.ts'
import { connected, server } from './setting.ts'

const pods = {
  resource: 'pods',
  responseKind: { group: '', version: 'v1', kind: 'Pod' },
  scope: 'Namespaced',
  singularResource: 'pod',
  verbs: ['get', 'list'],
  shortNames: ['po'],
  subresources: [
    { subresource: 'exec', verbs: ['create', 'get'] },
    { subresource: 'log', verbs: ['get'] },
  ],
}
const nodes = {
  resource: 'nodes',
  responseKind: { kind: 'Node' },
  scope: 'Cluster',
  singularResource: 'node',
  verbs: ['get'],
}

const expectedPods = {
  group: '',
  version: 'v1',
  resource: 'pods',
  singular: 'pod',
  kind: 'Pod',
  shortNames: ['po'],
  namespaced: true,
  verbs: ['get', 'list'],
  subresources: ['exec', 'log'],
}

test.each(['v2', 'v2beta1'])('reads aggregated discovery %s with two requests', async (version) => {
  const lists: Record<string, object[]> = {
    '/api': [{ metadata: {}, versions: [{ version: 'v1', freshness: 'Current', resources: [pods, nodes] }] }],
    '/apis': [
      {
        metadata: { name: 'autoscaling' },
        versions: [
          { version: 'v2', freshness: 'Current', resources: [{ ...nodes, resource: 'hpa' }] },
          { version: 'v1', freshness: 'Current', resources: [{ ...nodes, resource: 'hpa' }] },
        ],
      },
      {
        metadata: { name: 'metrics.k8s.io' },
        versions: [{ version: 'v1beta1', freshness: 'Stale', resources: [{ ...nodes, resource: 'old' }] }],
      },
    ],
  }
  const api = await server((_, response, seen) => {
    response.setHeader('content-type', `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
    response.end(JSON.stringify({ kind: 'APIGroupDiscoveryList', items: lists[seen.url] }))
  })
  const { resources, failedGroups } = await discover(await connected(api))
  expect(resources[0]).toEqual(expectedPods)
  expect(resources.map(({ group, version, resource }) => `${group}/${version}/${resource}`)).toEqual([
    '/v1/pods',
    '/v1/nodes',
    'autoscaling/v2/hpa',
    'autoscaling/v1/hpa',
  ])
  expect(resources[1]).toMatchObject({ namespaced: false, shortNames: [], subresources: [] })
  expect(failedGroups).toEqual(['metrics.k8s.io/v1beta1'])
  expect(api.seen).toHaveLength(2)
  expect(api.seen[0]?.headers.accept).toContain('as=APIGroupDiscoveryList')
})

const legacy: Record<string, object> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    groups: [
      {
        name: 'autoscaling',
        versions: [{ version: 'v1' }, { version: 'v2' }],
        preferredVersion: { version: 'v2' },
      },
      { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }], preferredVersion: { version: 'v1beta1' } },
    ],
  },
  '/api/v1': {
    kind: 'APIResourceList',
    resources: [
      { name: 'pods/exec', kind: 'PodExecOptions', namespaced: true, verbs: ['create'] },
      { name: 'pods', singularName: 'pod', kind: 'Pod', namespaced: true, verbs: ['get', 'list'], shortNames: ['po'] },
      { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
    ],
  },
  '/apis/autoscaling/v1': { kind: 'APIResourceList', resources: [{ name: 'hpa', kind: 'H', verbs: ['get'] }] },
  '/apis/autoscaling/v2': { kind: 'APIResourceList', resources: [{ name: 'hpa', kind: 'H', verbs: ['get'] }] },
}

const legacyServer: Handler = (_, response, seen) => {
  const body = legacy[seen.url]
  if (body) response.end(JSON.stringify(body))
  else sendStatus(response, 503, 'service unavailable')
}

test('walks every group of a server that knows no aggregated discovery', async () => {
  const api = await server(legacyServer)
  const { resources, failedGroups } = await discover(await connected(api))
  expect(resources[0]).toEqual(expectedPods)
  expect(resources.map(({ group, version, resource }) => `${group}/${version}/${resource}`)).toEqual([
    '/v1/pods',
    'autoscaling/v2/hpa',
    'autoscaling/v1/hpa',
  ])
  expect(failedGroups).toEqual(['metrics.k8s.io/v1beta1'])
})

test('refuses a server that is something else', async () => {
  const api = await server()
  await expect(discover(await connected(api))).rejects.toMatchObject({ code: 'bad-answer' })
})
