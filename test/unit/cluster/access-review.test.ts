import { expect, test } from 'vitest'
import {
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from '../../../src/cluster/access-review.ts'
import type { Handler } from './fake-server.ts'
import { connected, server } from './setting.ts'

const answer =
  (status: unknown): Handler =>
  (_, response, seen) =>
    response.writeHead(201).end(JSON.stringify({ ...(JSON.parse(seen.body) as object), status }))

test('asks about a subject and a resource', async () => {
  const api = await server(answer({ allowed: true, reason: 'RBAC: allowed by RoleBinding "a/b"' }))
  const status = await subjectAccessReview(
    await connected(api),
    { user: 'eve', groups: ['dev'], uid: '7' },
    { verb: 'get', group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'shop' },
  )
  expect(status).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "a/b"' })
  expect(api.seen[0]).toMatchObject({ method: 'POST', url: '/apis/authorization.k8s.io/v1/subjectaccessreviews' })
  expect(api.seen[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
  expect(JSON.parse(api.seen[0]?.body ?? '')).toEqual({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: 'eve',
      groups: ['dev'],
      uid: '7',
      resourceAttributes: {
        verb: 'get',
        group: 'apps',
        resource: 'deployments',
        subresource: 'scale',
        namespace: 'shop',
      },
    },
  })
})

test('asks about ourselves and a path', async () => {
  const api = await server(answer({ allowed: false, denied: true }))
  const status = await selfSubjectAccessReview(await connected(api), { verb: 'get', path: '/metrics' })
  expect(status).toEqual({ allowed: false, denied: true })
  expect(JSON.parse(api.seen[0]?.body ?? '')).toMatchObject({
    kind: 'SelfSubjectAccessReview',
    spec: { nonResourceAttributes: { verb: 'get', path: '/metrics' } },
  })
})

test('lists our rules, and says when they are not all', async () => {
  const status = {
    incomplete: true,
    evaluationError: 'webhook authorizer does not support user rule resolution',
    resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
    nonResourceRules: null,
  }
  const api = await server(answer(status))
  expect(await selfSubjectRulesReview(await connected(api), 'shop')).toEqual({
    incomplete: true,
    evaluationError: status.evaluationError,
    resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: [] }],
    nonResourceRules: [],
  })
})

test.each([[{}], [{ allowed: 'yes' }], [null], [undefined]])('never takes status %j for an answer', async (status) => {
  const api = await server(answer(status))
  const asked = selfSubjectAccessReview(await connected(api), { verb: 'get', resource: 'pods' })
  await expect(asked).rejects.toMatchObject({ code: 'bad-answer' })
})
