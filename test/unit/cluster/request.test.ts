import { expect, test } from 'vitest'
import { sendStatus } from './fake-server.ts'
import { connected, server } from './setting.ts'

test('sends a GET with token, accept and user agent', async () => {
  const api = await server()
  const cluster = await connected(api)
  const answer = await cluster.request({ path: '/api' })
  expect(answer.status).toBe(200)
  expect(answer.body.toString()).toBe('{}')
  expect(api.seen[0]).toMatchObject({ method: 'GET', url: '/api' })
  expect(api.seen[0]?.headers).toMatchObject({
    authorization: 'Bearer test-token',
    accept: 'application/json',
    'user-agent': expect.stringMatching(/^kubectl-secure\/\d+\.\d+\.\d+ \(\w+\/\w+\)$/),
  })
})

test('uses one connection for twenty requests in turn', async () => {
  const api = await server()
  const cluster = await connected(api)
  for (let i = 0; i < 20; i++) await cluster.request({ path: `/api?${i}` })
  expect(api.seen).toHaveLength(20)
  expect(api.connections()).toBe(1)
})

test.each([
  [401, 'unauthorized', 'Unauthorized'],
  [403, 'forbidden', 'secrets is forbidden: User "eve" cannot list'],
  [404, 'not-found', 'the server could not find the requested resource'],
  [409, 'conflict', 'has been modified'],
  [410, 'gone', 'too old resource version'],
  [429, 'too-many-requests', 'too many requests'],
  [500, 'server', 'etcdserver: leader changed'],
  [503, 'server', 'shutting down'],
])('%i becomes %s with what the server says', async (status, code, message) => {
  const api = await server((_, response) => sendStatus(response, status, message))
  const cluster = await connected(api)
  const asked = cluster.request({ path: '/api/v1/secrets?limit=500&continue=abc' })
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(`^GET /api/v1/secrets: ${status} `) })
  expect(api.seen).toHaveLength(1)
})
