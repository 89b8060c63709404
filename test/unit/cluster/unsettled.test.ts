import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import type { ConnectionOptions, Surroundings } from '../../../src/cluster/connect.ts'
import { issue } from './certificates.ts'
import { authority, sendStatus } from './fake-server.ts'
import type { FakeServer } from './fake-server.ts'
import { connected, server } from './setting.ts'

const created = { method: 'POST', path: '/api/v1/namespaces/default/configmaps', body: { data: 'x'.repeat(300_000) } }

/** A server of bare sockets on a free port, over TLS unless `plain`. */
async function sockets(plain: boolean, serve: (socket: Socket) => void): Promise<string> {
  const own = issue({ name: 'server', hosts: ['127.0.0.1'] }, authority)
  const onSocket = (socket: Socket): void => serve(socket.on('error', () => {}))
  const listener: Server = plain ? createServer(onSocket) : createTls({ cert: own.cert, key: own.key }, onSocket)
  const open = new Set<Socket>()
  listener.on('connection', (socket: Socket) => open.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    listener.close()
  })
  return `${plain ? 'http' : 'https'}://127.0.0.1:${(listener.address() as AddressInfo).port}`
}

async function at(
  url: string,
  options: ConnectionOptions = {},
  around: Partial<Surroundings> & { cluster?: object } = {},
): Promise<Cluster> {
  return connected({ ...(await server()), url } satisfies FakeServer, options, around)
}

/** Answers once so many bytes have come. */
const after =
  (bytes: number, act: (socket: Socket) => void) =>
  (socket: Socket): void => {
    let seen = 0
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.length
      if (seen >= bytes) act(socket)
    })
  }
const lose = (socket: Socket): void => void socket.destroy()
const say = (text: string) => (socket: Socket) => void socket.write(text, () => socket.destroy())
const head = 'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n'
const refused = head.replace('201 Created', '403 Forbidden')
const failed = head.replace('201 Created', '503 Service Unavailable')

const unreachable = { code: 'unreachable' }
const cuts: [string, (socket: Socket) => void, { code: string; unsettled?: boolean }][] = [
  ['as soon as the connection stands', lose, unreachable],
  ['in the headers of the request', after(20, lose), unreachable],
  ['in the body of the request', after(100_000, lose), unreachable],
  ['after the request', after(300_200, lose), unreachable],
  ['in the status line of the answer', after(300_200, say('HTTP/1.1 20')), unreachable],
  ['in the headers of the answer', after(300_200, say(head.slice(0, 60))), unreachable],
  ['before the body of a success', after(300_200, say(head)), { code: 'bad-answer' }],
  ['in the body of a success', after(300_200, say(`${head}{"kind":`)), { code: 'bad-answer' }],
  ['in the body of a refusal', after(300_200, say(`${refused}{"kind":`)), { code: 'bad-answer', unsettled: false }],
  ['in the body of a failure', after(300_200, say(`${failed}{"kind":`)), { code: 'bad-answer' }],
  ['by what is no HTTP', after(300_200, say('SSH-2.0-OpenSSH\r\n')), { code: 'bad-answer' }],
]

test.each(cuts)('a write over plain http that is cut %s', async (_, serve, expected) => {
  const cluster = await at(await sockets(true, serve))
  await expect(cluster.request(created)).rejects.toMatchObject({ unsettled: true, ...expected })
})

test.each(cuts)('a write over TLS that is cut %s', async (_, serve, expected) => {
  let served = 0
  const url = await sockets(false, (socket) => {
    served += 1
    serve(socket)
  })
  const cluster = await at(url)
  await expect(cluster.request(created)).rejects.toMatchObject({ unsettled: true, ...expected })
  expect(served).toBe(1)
})

test('reads and dry runs are never unsettled', async () => {
  const cluster = await at(await sockets(false, after(20, lose)))
  const dry = { ...created, path: `${created.path}?fieldManager=me&dryRun=All` }
  for (const asked of [{ path: '/x' }, dry]) {
    await expect(cluster.request(asked)).rejects.toMatchObject({ code: 'unreachable', unsettled: false })
  }
})

test('a connection that is lost before TLS stands has carried nothing', async () => {
  const bare = (await sockets(true, lose)).replace('http:', 'https:')
  await expect((await at(bare)).request(created)).rejects.toMatchObject({ unsettled: false })
  const hello = (await sockets(true, after(1, lose))).replace('http:', 'https:')
  await expect((await at(hello)).request(created)).rejects.toMatchObject({ unsettled: false })
})

test('a TLS handshake that takes too long has carried nothing', async () => {
  const silent = (await sockets(true, () => {})).replace('http:', 'https:')
  const cluster = await at(silent, { requestTimeout: '100ms' })
  await expect(cluster.request(created)).rejects.toMatchObject({ code: 'timeout', unsettled: false })
})

test('a server that is not trusted, or that nobody listens at, has got nothing', async () => {
  const api = await server()
  const other = await connected(api, { tlsServerName: 'other.test' })
  await expect(other.request(created)).rejects.toMatchObject({ code: 'unreachable', unsettled: false })
  await api.close()
  await expect((await connected(api)).request(created)).rejects.toMatchObject({ unsettled: false })
})

test('a proxy that gives no connection has passed nothing on', async () => {
  const proxy = await sockets(true, after(1, say('HTTP/1.1 503 No\r\n\r\n')))
  const cluster = await at((await server()).url, {}, { cluster: { 'proxy-url': proxy } })
  await expect(cluster.request(created)).rejects.toMatchObject({ unsettled: false })
})

test('a time that runs out, or Ctrl-C, leaves a sent write unsettled, and not one that waits for a connection', async () => {
  const silent = await sockets(false, () => {})
  const slow = await at(silent, { requestTimeout: '200ms' })
  await expect(slow.request(created)).rejects.toMatchObject({ code: 'timeout', unsettled: true })
  const stop = new AbortController()
  const cluster = await at(
    await sockets(
      false,
      after(300_200, () => stop.abort()),
    ),
    {},
    { signal: stop.signal },
  )
  const eight = Array.from({ length: 8 }, () => cluster.request(created).catch((error: unknown) => error))
  await expect(cluster.request(created)).rejects.toMatchObject({ code: 'interrupted', unsettled: false })
  expect((await Promise.all(eight)).some((error) => (error as { unsettled: boolean }).unsettled)).toBe(true)
})

test('a kept connection that the server has closed is not used for a write', async () => {
  const api = await server()
  const cluster = await connected(api)
  await cluster.request({ path: '/x' })
  const [kept] = api.sockets
  await new Promise((resolve) => kept?.on('close', resolve).end())
  await new Promise((resolve) => setTimeout(resolve, 50))
  await cluster.request(created)
  expect(api.seen.map(({ method }) => method)).toEqual(['GET', 'POST'])
  expect(api.connections()).toBe(2)
})

test.each(['POST', 'PATCH', 'DELETE', 'PUT'])(
  'a %s over a kept connection that is lost is not sent again',
  async (method) => {
    const api = await server((request, response, { url }) =>
      url === '/x' ? void response.end('{}') : void request.socket.destroy(),
    )
    const cluster = await connected(api)
    await cluster.request({ path: '/x' })
    await expect(cluster.request({ ...created, method })).rejects.toMatchObject({ unsettled: true })
    expect(api.seen).toHaveLength(2)
  },
)

test.each([
  ['a failure', [504], true],
  ['a refusal', [409], false],
  ['a refusal after it asked to wait', [429, 409], false],
  ['a refusal after a failure that asked to wait', [503, 409], true],
  ['a server that only asks to wait', Array<number>(11).fill(429), false],
])('%s', async (_, statuses, unsettled) => {
  const left = [...statuses]
  const api = await server((_, response) => {
    const status = left.shift() ?? 0
    sendStatus(response, status, 'no', status === 504 ? {} : { 'retry-after': '0' })
  })
  await expect((await connected(api)).request(created)).rejects.toMatchObject({ unsettled })
  expect(api.seen).toHaveLength(statuses.length)
})
