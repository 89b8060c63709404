import { createServer } from 'node:http'
import { connect, createServer as createNetServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { WebSocket } from 'ws'
import { exec } from '../../../src/cluster/exec.ts'
import { issue } from './certificates.ts'
import { end, execServer, say } from './exec-server.ts'
import { authority, sendStatus } from './fake-server.ts'
import { connected, server } from './setting.ts'

const request = { namespace: 'shop', pod: 'web-0', container: 'main', command: ['ls', '-l', 'a b'], timeoutMs: 5000 }
const at = async (url: string, ...rest: Parameters<typeof connected> extends [unknown, ...infer Rest] ? Rest : never) =>
  connected({ ...(await server()), url }, ...rest)

test('asks as every request does: credentials, impersonation, user agent, path prefix', async () => {
  const api = await execServer((socket) => {
    say(socket, 1, 'out')
    say(socket, 2, 'err')
    end(socket, 3)
  })
  const client = issue({ name: 'eve' }, authority)
  const data = (text: string): string => Buffer.from(text).toString('base64')
  const user = { token: 'secret', 'client-certificate-data': data(client.cert), 'client-key-data': data(client.key) }
  const options = { as: 'jane', asGroups: ['a', 'b'], tlsServerName: 'api.test' }
  const cluster = await at(`${api.url}/k8s/clusters/c-1`, options, { user })
  expect(await exec(cluster, request)).toEqual({
    stdout: Buffer.from('out'),
    stderr: 'err',
    exitCode: 3,
    truncated: false,
  })
  const [seen] = api.seen
  expect(seen?.url).toBe(
    '/k8s/clusters/c-1/api/v1/namespaces/shop/pods/web-0/exec?command=ls&command=-l&command=a%20b&container=main&stdout=true&stderr=true',
  )
  expect(seen?.headers).toMatchObject({
    authorization: 'Bearer secret',
    'impersonate-user': 'jane',
    'impersonate-group': 'a, b',
    'user-agent': expect.stringContaining('kubectl-secure/'),
    'sec-websocket-protocol': 'v5.channel.k8s.io,v4.channel.k8s.io',
  })
  expect(seen?.commonName).toBe('eve')
})

test('names cannot leave their place in the path', async () => {
  const api = await execServer((socket) => end(socket, 0))
  await exec(await at(api.url), { ...request, pod: '../x?y#z', container: 'a&stdin=true' })
  expect(api.seen[0]?.url).toMatch(
    /^\/api\/v1\/namespaces\/shop\/pods\/..%2Fx%3Fy%23z\/exec\?.*container=a%26stdin%3Dtrue&/,
  )
  for (const pod of ['', '.', '..']) {
    await expect(exec(await at(api.url), { ...request, pod })).rejects.toMatchObject({ code: 'usage' })
  }
})

test('goes through a proxy', async () => {
  const passed: (string | undefined)[] = []
  const proxy = createServer().on('connect', ({ url }, socket) => {
    passed.push(url)
    const onward = connect(Number(url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward
        .on('error', () => {})
        .pipe(socket.on('error', () => {}))
        .pipe(onward)
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const api = await execServer((socket) => end(socket, 5))
  const { port } = proxy.address() as { port: number }
  const through = { cluster: { 'proxy-url': `http://127.0.0.1:${port}` } }
  const cluster = await at(`https://api.test:${api.port}`, {}, through)
  expect(await exec(cluster, request)).toMatchObject({ exitCode: 5 })
  expect(passed).toEqual([`api.test:${api.port}`])
})

test('an old server speaks v4, which cannot end the standard input', async () => {
  const api = await execServer((socket) => end(socket, 0), ['v4.channel.k8s.io'])
  expect(await exec(await at(api.url), request)).toMatchObject({ exitCode: 0 })
  const fed = exec(await at(api.url), { ...request, stdin: Buffer.from('x') })
  await expect(fed).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('did not upgrade to a WebSocket: Server sent no subprotocol'),
  })
})

test('a server that is not trusted gets no command', async () => {
  const api = await execServer((socket) => end(socket, 0))
  const asked = exec(await at(api.url, { tlsServerName: 'other.test' }), request)
  await expect(asked).rejects.toMatchObject({ code: 'unreachable', unsettled: false })
  expect(api.seen).toHaveLength(0)
})

test('a refusal names verb, resource, namespace, pod and why; a wait that is asked for is kept', async () => {
  const statuses = [429, 403]
  const api = await server((_, response) => sendStatus(response, statuses.shift() ?? 0, 'no', { 'retry-after': '0' }))
  await expect(exec(await connected(api), request)).rejects.toMatchObject({
    code: 'forbidden',
    unsettled: false,
    message: 'exec (pods/exec) in pod web-0 of namespace shop, container main: 403 Forbidden: no',
  })
  expect(api.seen).toHaveLength(2)
  const plain = await server((_, response) => response.end('{}'))
  await expect(exec(await connected(plain), request)).rejects.toMatchObject({ code: 'bad-answer' })
})

const lost = 'the connection was lost'
test.each<[string, (socket: WebSocket) => void, object]>([
  [
    'no status',
    (socket) => socket.close(1000),
    { code: 'bad-answer', message: expect.stringContaining('without the status') },
  ],
  [
    'a lost connection',
    (socket) => socket.terminate(),
    { code: 'unreachable', message: expect.stringContaining(lost) },
  ],
  ['a broken status', (socket) => (say(socket, 3, '{"status'), socket.close()), { code: 'bad-answer' }],
  ['a status of nothing', (socket) => (say(socket, 3, 'null'), socket.close()), { code: 'bad-answer' }],
  [
    'a failure without a code',
    (socket) => (say(socket, 3, '{"status":"Failure","reason":"NonZeroExitCode"}'), socket.close()),
    { code: 'bad-answer' },
  ],
  [
    'a failure with an odd code',
    (socket) => {
      const causes = [{ reason: 'ExitCode', message: '' }]
      say(socket, 3, JSON.stringify({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes } }))
      socket.close()
    },
    { code: 'bad-answer' },
  ],
  [
    'a command that cannot be run',
    (socket) => (say(socket, 3, '{"status":"Failure","message":"no such file"}'), socket.close()),
    { code: 'server', message: expect.stringMatching(/container main: no such file$/) },
  ],
  ['silence', () => {}, { code: 'timeout' }],
])('%s', async (_, serve, expected) => {
  const api = await execServer(serve)
  const asked = exec(await at(api.url), { ...request, timeoutMs: 500 })
  await expect(asked).rejects.toMatchObject({ unsettled: true, ...expected })
})

test('a status that came before the connection was lost counts', async () => {
  const api = await execServer((socket) => {
    say(socket, 3, '{"status":"Success"}')
    setTimeout(() => socket.terminate(), 100)
  })
  expect(await exec(await at(api.url), request)).toMatchObject({ exitCode: 0 })
})

test('standard input comes whole, and then its end', async () => {
  const pieces: Buffer[] = []
  const api = await execServer((socket) => {
    socket.on('message', (data: Buffer) => {
      if (data[0] === 255) end(socket, data[1] === 0 ? 0 : 9)
      else pieces.push(data)
    })
  })
  const stdin = Buffer.alloc(100_000, 'x')
  expect(await exec(await at(api.url), { ...request, stdin })).toMatchObject({ exitCode: 0 })
  expect(pieces.every((piece) => piece[0] === 0)).toBe(true)
  expect(Buffer.concat(pieces.map((piece) => piece.subarray(1))).equals(stdin)).toBe(true)
})

test('--request-timeout ends the handshake, and not the command', async () => {
  const api = await execServer((socket) => void setTimeout(() => end(socket, 0), 600))
  expect(await exec(await at(api.url, { requestTimeout: '300ms' }), request)).toMatchObject({ exitCode: 0 })
  const mute = createNetServer((socket) => void socket.on('error', () => {}))
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const { port } = mute.address() as { port: number }
  const asked = exec(await at(`http://127.0.0.1:${port}`, { requestTimeout: '300ms' }), request)
  await expect(asked).rejects.toMatchObject({ code: 'timeout', unsettled: true })
  mute.close()
})

test('Ctrl-C and close end it', async () => {
  const stop = new AbortController()
  const api = await execServer(() => stop.abort())
  const asked = exec(await at(api.url, {}, { signal: stop.signal }), request)
  await expect(asked).rejects.toMatchObject({ code: 'interrupted', unsettled: true })
  const other = await execServer(() => cluster.close())
  const cluster = await at(other.url)
  await expect(exec(cluster, request)).rejects.toMatchObject({ code: 'interrupted', unsettled: true })
})

test('a frame that is too long ends it', async () => {
  const api = await execServer((socket) => say(socket, 1, Buffer.alloc(5 * 1024 * 1024)))
  await expect(exec(await at(api.url), request)).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('broke the WebSocket protocol'),
  })
})
