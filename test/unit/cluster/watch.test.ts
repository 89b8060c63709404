import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { ApiObject } from '../../../src/cluster/write.ts'
import { waitFor } from '../../../src/cluster/watch.ts'
import { sendStatus } from './fake-server.ts'
import { connected, server } from './setting.ts'

const path = '/api/v1/namespaces/shop/pods/web-0'
const pod = (phase: string, resourceVersion = '5', name = 'web-0') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, uid: 'u', resourceVersion },
  status: { phase },
})
const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`
const expired = event('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' })
const isRunning = (object: ApiObject | undefined) =>
  (object?.['status'] as { phase?: string } | undefined)?.phase === 'Running' && 'running'

/** A server whose object stays as it is, and whose nth watch is answered by the nth of the given. */
async function watched(state: unknown, ...watches: ((response: ServerResponse) => void)[]) {
  const api = await server((_, response, { url }) => {
    if (url.includes('watch=true')) return watches.shift()?.(response)
    if (state === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ kind: 'Status', reason: 'NotFound', details: { name: 'web-0' } }))
    }
    response.end(JSON.stringify(state))
  })
  const cluster = await connected(api)
  return { api, wait: waitFor(cluster, path, isRunning, { timeoutMs: 10_000 }) }
}
const urls = (api: { seen: { url: string }[] }) => api.seen.map(({ url }) => url.replace(/^.*pods/, ''))
const watch = '?watch=true&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dweb-0'

test('what is so already is not watched', async () => {
  const { api, wait } = await watched(pod('Running'))
  expect(await wait).toBe('running')
  expect(urls(api)).toEqual(['/web-0'])
})

test('watches from the version it has seen; bookmarks, other objects and split lines do no harm', async () => {
  const text = [
    event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '6' } }),
    event('MODIFIED', pod('Running', '7', 'web-1')),
    event('MODIFIED', { ...pod('Pending', '8'), note: 'grün' }),
    event('MODIFIED', pod('Running', '9')),
  ].join('')
  const bytes = Buffer.from(text)
  const { api, wait } = await watched(pod('Pending'), (response) => {
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7))
  })
  expect(await wait).toBe('running')
  expect(urls(api)).toEqual(['/web-0', `${watch}&resourceVersion=5`])
})

test.each<[string, (response: ServerResponse) => void]>([
  ['in an event', (response) => void response.end(expired)],
  ['as the answer', (response) => sendStatus(response, 410, 'too old')],
])('a version that has expired, told %s: watches from the present', async (_, expire) => {
  const { api, wait } = await watched(pod('Pending'), expire, (response) => {
    response.write(event('ADDED', pod('Running')))
  })
  expect(await wait).toBe('running')
  expect(urls(api).filter((url) => url !== '/web-0')).toEqual([`${watch}&resourceVersion=5`, watch])
})

test.each<[string, (response: ServerResponse) => void]>([
  ['ended by the server', (response) => void response.end(event('MODIFIED', pod('Pending', '6')))],
  [
    'lost between two events',
    (response) => void response.write(event('MODIFIED', pod('Pending', '6')), () => response.socket?.destroy()),
  ],
])('a watch that is %s goes on with another', async (_, end) => {
  const { wait } = await watched(pod('Pending'), end, (response) => void response.write(event('ADDED', pod('Running'))))
  expect(await wait).toBe('running')
})

test.each<[string, (response: ServerResponse) => void, string]>([
  ['a line cut short', (response) => void response.end('{"type":"MOD'), 'the watch ended in the middle of an event'],
  [
    'a line cut by a lost connection',
    (response) => void response.write('{"type":"MOD', () => response.socket?.destroy()),
    'cut short',
  ],
  ['broken JSON', (response) => void response.write('{"type":\n'), 'an event is broken JSON'],
  ['another JSON', (response) => void response.write('{"a":1}\n'), 'not an event of a watch'],
  ['an event without an object', (response) => void response.write(event('ADDED', null)), 'not an object'],
])('%s is a bad answer', async (_, serve, message) => {
  const { wait } = await watched(pod('Pending'), serve)
  await expect(wait).rejects.toMatchObject({ code: 'bad-answer', message: expect.stringContaining(message) })
})

test('an event that tells an error ends the wait', async () => {
  const { wait } = await watched(pod('Pending'), (response) => {
    response.write(event('ERROR', { code: 500, message: 'etcd is away' }))
  })
  await expect(wait).rejects.toMatchObject({ code: 'server', message: expect.stringContaining('etcd is away') })
})

test('an object that vanished before the watch began is seen to be gone', async () => {
  let asked = 0
  const api = await server((_, response, { url }) => {
    if (url.includes('resourceVersion=')) return sendStatus(response, 410, 'too old')
    if (url.includes('watch=true')) return response.flushHeaders()
    asked += 1
    if (asked <= 2) return void response.end(JSON.stringify(pod('Pending')))
    response.writeHead(404)
    response.end(JSON.stringify({ kind: 'Status', reason: 'NotFound', details: { name: 'web-0' } }))
  })
  const wait = waitFor(await connected(api), path, (object) => object === undefined, { timeoutMs: 10_000 })
  expect(await wait).toBe(true)
})
