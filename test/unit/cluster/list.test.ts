import { expect, test } from 'vitest'
import { list } from '../../../src/cluster/list.ts'
import type { Handler } from './fake-server.ts'
import { sendStatus } from './fake-server.ts'
import { connected, server } from './setting.ts'

const name = (item: Record<string, unknown>): string => (item['metadata'] as { name: string }).name

/** Serves `names` in pages; `onPage` may answer itself by returning true. */
function pages(names: string[], onPage?: (token: number, response: Parameters<Handler>[1]) => boolean): Handler {
  return (_, response, seen) => {
    const query = new URL(seen.url, 'http://x').searchParams
    const limit = Number(query.get('limit') ?? names.length)
    const token = query.get('continue')
    const start = token === null ? 0 : Number(token.split('+/=')[1])
    if (onPage?.(start, response)) return
    const left = names.length - start - limit
    const metadata = {
      resourceVersion: '42',
      ...(left > 0 && { continue: `t+/=${start + limit}`, remainingItemCount: left }),
    }
    const items = names.slice(start, start + limit).map((item) => ({ metadata: { name: item } }))
    response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items }))
  }
}

const names = ['a', 'b', 'c', 'd', 'e']

test('reads all pages, with the token percent-encoded and the query kept', async () => {
  const api = await server(pages(names))
  const progress: unknown[] = []
  const answer = await list(await connected(api), '/api/v1/pods?labelSelector=a%3Db', name, {
    limit: 2,
    onPage: (read, remaining) => progress.push([read, remaining]),
  })
  expect(answer).toEqual({ items: names, resourceVersion: '42' })
  expect(api.seen.map(({ url }) => url)).toEqual([
    '/api/v1/pods?labelSelector=a%3Db&limit=2',
    '/api/v1/pods?labelSelector=a%3Db&limit=2&continue=t%2B%2F%3D2',
    '/api/v1/pods?labelSelector=a%3Db&limit=2&continue=t%2B%2F%3D4',
  ])
  expect(progress).toEqual([
    [2, 3],
    [4, 1],
    [5, undefined],
  ])
})

test('asks for 1000 objects a page', async () => {
  const api = await server(pages(names))
  await list(await connected(api), '/api/v1/pods', name)
  expect(api.seen.map(({ url }) => url)).toEqual(['/api/v1/pods?limit=1000'])
})

test('starts again without pages when the token expires, and does not mix the two readings', async () => {
  const expired: Handler = pages(names, (start, response) => {
    if (start > 0) sendStatus(response, 410, 'The provided continue parameter is too old')
    return start > 0
  })
  const api = await server(expired)
  const answer = await list(await connected(api), '/api/v1/pods', name, { limit: 2 })
  expect(answer.items).toEqual(names)
  expect(api.seen.map(({ url }) => url)).toEqual([
    '/api/v1/pods?limit=2',
    '/api/v1/pods?limit=2&continue=t%2B%2F%3D2',
    '/api/v1/pods',
  ])
})

test('is gone when the whole list is gone too', async () => {
  const api = await server((_, response) => sendStatus(response, 410, 'gone for good'))
  await expect(list(await connected(api), '/api/v1/pods', name)).rejects.toMatchObject({
    code: 'gone',
    message: 'GET /api/v1/pods: 410 Gone: gone for good',
  })
  expect(api.seen).toHaveLength(2)
})

test('refuses a continue token that comes again', async () => {
  const api = await server((_, response) =>
    response.end(
      JSON.stringify({ kind: 'PodList', metadata: { continue: 'again' }, items: [{ metadata: { name: 'a' } }] }),
    ),
  )
  await expect(list(await connected(api), '/api/v1/pods', name)).rejects.toMatchObject({ code: 'bad-answer' })
})

test('refuses pages that stay empty for ever', async () => {
  let token = 0
  const api = await server((_, response) =>
    response.end(JSON.stringify({ kind: 'PodList', metadata: { continue: `t${token++}` }, items: [] })),
  )
  await expect(list(await connected(api), '/api/v1/pods', name)).rejects.toMatchObject({ code: 'bad-answer' })
})

test('takes items: null for an empty list', async () => {
  const api = await server((_, response) =>
    response.end(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '7' }, items: null })),
  )
  expect(await list(await connected(api), '/api/v1/pods', name)).toEqual({ items: [], resourceVersion: '7' })
})

test.each([
  ['no items', { kind: 'PodList', metadata: {} }],
  ['items that are no list', { kind: 'PodList', metadata: {}, items: {} }],
  ['items that are no objects', { kind: 'PodList', metadata: {}, items: ['a'] }],
  ['one object', { kind: 'Pod', metadata: {}, items: [] }],
  ['a table', { kind: 'Table', rows: [] }],
  ['null', null],
  ['no kind', { items: [] }],
])('refuses an answer with %s', async (_, body) => {
  const api = await server((_, response) => response.end(JSON.stringify(body)))
  await expect(list(await connected(api), '/api/v1/pods', name)).rejects.toMatchObject({ code: 'bad-answer' })
})
