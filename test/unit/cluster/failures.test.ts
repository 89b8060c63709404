import { gzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { defaultLimits } from '../../../src/cluster/send.ts'
import { sendStatus } from './fake-server.ts'
import { connected, server } from './setting.ts'

test('waits as the server asks, on 429 and on 503, and sends the same again', async () => {
  const answers = [429, 503]
  const api = await server((_, response) => {
    const status = answers.shift()
    if (status) sendStatus(response, status, 'busy', { 'retry-after': '0' })
    else response.end('{"done":true}')
  })
  const cluster = await connected(api)
  expect(await cluster.json({ method: 'POST', path: '/x', body: { a: 1 } })).toEqual({ done: true })
  expect(api.seen.map(({ method, body }) => [method, body])).toEqual([
    ['POST', '{"a":1}'],
    ['POST', '{"a":1}'],
    ['POST', '{"a":1}'],
  ])
})

test('gives up after ten retries', async () => {
  const api = await server((_, response) => sendStatus(response, 429, 'busy', { 'retry-after': '0' }))
  const cluster = await connected(api)
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({ code: 'too-many-requests' })
  expect(api.seen).toHaveLength(11)
})

test.each([
  [503, undefined],
  [429, 'Fri, 21 Nov 2026 07:28:00 GMT'],
  [409, '0'],
])('does not try again: %i with Retry-After %s', async (status, after) => {
  const api = await server((_, response) =>
    sendStatus(response, status, 'no', after === undefined ? {} : { 'retry-after': after }),
  )
  const cluster = await connected(api)
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({ message: expect.stringContaining(`${status}`) })
  expect(api.seen).toHaveLength(1)
})

test('says that it waits, and stops waiting on Ctrl-C', async () => {
  const stop = new AbortController()
  const warnings: string[] = []
  const warn = (line: string): void => {
    warnings.push(line)
    stop.abort()
  }
  const api = await server((_, response) => sendStatus(response, 429, 'busy', { 'retry-after': '86400' }))
  const cluster = await connected(api, {}, { warn, signal: stop.signal })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 })
  expect(warnings).toEqual(['GET /x: the server answers 429 and asks to wait; trying again in 60 s'])
})

test('--request-timeout ends the waiting too', async () => {
  const api = await server((_, response) => sendStatus(response, 429, 'busy', { 'retry-after': '30' }))
  const cluster = await connected(api, { requestTimeout: '50ms' })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({
    code: 'timeout',
    message: 'GET /x: no answer within the --request-timeout of 0.05 s',
  })
})

test('--request-timeout ends a hang before the headers', async () => {
  const api = await server(() => {})
  const cluster = await connected(api, { requestTimeout: '50ms' })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({ code: 'timeout' })
})

test('--request-timeout ends a hang in the body', async () => {
  const api = await server((_, response) => void response.write('{"items": ['))
  const cluster = await connected(api, { requestTimeout: '50ms' })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({ code: 'timeout' })
})

test('a server that goes silent is given up, before the headers and in the body', async () => {
  vi.spyOn(defaultLimits, 'idle', 'get').mockReturnValue(50)
  const api = await server((_, response, { url }) => (url === '/body' ? void response.write('{') : undefined))
  const cluster = await connected(api)
  for (const path of ['/head', '/body']) {
    await expect(cluster.request({ path })).rejects.toMatchObject({
      code: 'timeout',
      message: `GET ${path}: no data for 0.05 s`,
      hint: expect.stringContaining('--request-timeout'),
    })
  }
  vi.restoreAllMocks()
})

test.each(['0', '1h'])('--request-timeout %s lets a server be silent for longer', async (requestTimeout) => {
  vi.spyOn(defaultLimits, 'idle', 'get').mockReturnValue(1)
  const api = await server((_, response) => void setTimeout(() => response.end('{}'), 100))
  expect(await (await connected(api, { requestTimeout })).json({ path: '/x' })).toEqual({})
  vi.restoreAllMocks()
})

test('data that keeps coming is not silence', async () => {
  vi.spyOn(defaultLimits, 'idle', 'get').mockReturnValue(500)
  const api = await server(async (_, response) => {
    for (let i = 0; i < 8; i++) {
      response.write(' ')
      await sleep(100)
    }
    response.end('{}')
  })
  const cluster = await connected(api)
  expect(await cluster.json({ path: '/slow' })).toEqual({})
  vi.restoreAllMocks()
})

test.each([
  ['with a content-length', { 'content-length': '1000' }],
  ['chunked', {}],
])('a body that is cut short is no answer: %s', async (_, headers) => {
  const api = await server((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.write('{"kind":"PodList","items":[]}', () => request.socket.destroy())
  })
  const cluster = await connected(api)
  await expect(cluster.json({ path: '/x' })).rejects.toMatchObject({
    code: 'bad-answer',
    message: 'GET /x: the answer was cut short after 29 bytes',
  })
  expect(api.seen).toHaveLength(1)
})

test('a stream that is cut short ends in an error', async () => {
  const api = await server((request, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('line 1\n', () => request.socket.destroy())
  })
  const { body } = await (await connected(api)).stream({ path: '/log' })
  await expect(body.toArray()).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringMatching(/^GET \/log: .*cut short/),
  })
})

test('a stream gives the bytes as they are, also gzip', async () => {
  const text = 'line\n'.repeat(10_000)
  const api = await server((_, response, { url }) => {
    if (url === '/gzip') response.setHeader('content-encoding', 'gzip')
    response.end(url === '/gzip' ? gzipSync(text) : text)
  })
  const cluster = await connected(api)
  for (const path of ['/plain', '/gzip']) {
    const { status, body } = await cluster.stream({ path })
    expect(status).toBe(200)
    expect(Buffer.concat(await body.toArray()).toString()).toBe(text)
  }
})

test('a stream is refused like any request', async () => {
  const api = await server((_, response) => sendStatus(response, 403, 'no logs for you'))
  await expect((await connected(api)).stream({ path: '/log' })).rejects.toMatchObject({ code: 'forbidden' })
})

test('a followed log may be silent', async () => {
  vi.spyOn(defaultLimits, 'idle', 'get').mockReturnValue(30)
  const api = await server((_, response) => {
    response.write('first')
    setTimeout(() => response.end(' second'), 150)
  })
  const { body } = await (await connected(api)).stream({ path: '/log', maySleep: true })
  expect(Buffer.concat(await body.toArray()).toString()).toBe('first second')
  vi.restoreAllMocks()
})

test('broken JSON is named', async () => {
  const api = await server((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"items": [')
  })
  await expect((await connected(api)).json({ path: '/x' })).rejects.toMatchObject({
    code: 'bad-answer',
    message: 'GET /x: the answer is broken JSON, 11 bytes',
  })
})

test('a web page is named, as a success and as an error', async () => {
  const api = await server((_, response, { url }) => {
    response.writeHead(url === '/bad' ? 502 : 200, { 'content-type': 'text/html' })
    response.end('<html><h1>Sign in</h1></html>')
  })
  const cluster = await connected(api)
  await expect(cluster.json({ path: '/ok' })).rejects.toMatchObject({
    code: 'bad-answer',
    message: 'GET /ok: the answer is not JSON (text/html), 29 bytes',
  })
  await expect(cluster.json({ path: '/bad' })).rejects.toMatchObject({
    code: 'server',
    message: expect.stringMatching(/^GET \/bad: 502 Bad Gateway: the answer is a web page/),
  })
})

test('a redirect is not followed', async () => {
  const api = await server((_, response) => response.writeHead(302, { location: 'https://elsewhere.invalid/' }).end())
  await expect((await connected(api)).request({ path: '/x' })).rejects.toMatchObject({
    code: 'server',
    message: 'GET /x: 302 Found: the answer is empty',
  })
})

test('the words of a server come on one line and not endless; whoever shows them escapes them', async () => {
  const api = await server((_, response) =>
    sendStatus(response, 403, `\u001b[31mred\u001b[0m\nnext \u202e ${'x'.repeat(2000)}`),
  )
  const error = await (await connected(api)).request({ path: '/x' }).catch((error: Error) => error)
  const { message } = error as Error
  expect(message).toContain('\u001b[31mred\u001b[0m next \u202e xxx')
  expect(message.length).toBeLessThan(600)
  expect(message).not.toContain('\n')
})

test('a token that the server repeats is not shown', async () => {
  const api = await server((_, response) => sendStatus(response, 401, 'bad token test-token!'))
  await expect((await connected(api)).request({ path: '/x' })).rejects.toMatchObject({
    message: 'GET /x: 401 Unauthorized: bad token <redacted>!',
    hint: expect.stringContaining('log in again'),
  })
})

test('reads gzip, and refuses what only says it is', async () => {
  const api = await server((_, response, { url }) => {
    response.setHeader('content-encoding', url === '/br' ? 'br' : 'gzip')
    response.end(url === '/good' ? gzipSync('{"a":1}') : 'not packed')
  })
  const cluster = await connected(api)
  expect(await cluster.json({ path: '/good' })).toEqual({ a: 1 })
  await expect(cluster.json({ path: '/bad' })).rejects.toMatchObject({ code: 'bad-answer' })
  await expect(cluster.json({ path: '/br' })).rejects.toMatchObject({ code: 'bad-answer' })
})

test('a GET goes out again when the server has left a kept connection, a POST does not', async () => {
  let leave = false
  const api = await server((request, response) => {
    if (leave) request.socket.destroy()
    else response.end('{}')
    leave = !leave
  })
  const cluster = await connected(api)
  await cluster.request({ path: '/1' })
  await cluster.request({ path: '/2' })
  expect(api.seen.map(({ url }) => url)).toEqual(['/1', '/2', '/2'])
  await expect(cluster.request({ method: 'POST', path: '/3', body: {} })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('closed the connection before it answered'),
  })
  expect(api.seen).toHaveLength(4)
})

test('a GET over a new connection is not sent twice', async () => {
  const api = await server((request) => request.socket.destroy())
  await expect((await connected(api)).request({ path: '/x' })).rejects.toMatchObject({ code: 'unreachable' })
  expect(api.seen).toHaveLength(1)
})

test('Ctrl-C ends requests in flight, and those that come later', async () => {
  const stop = new AbortController()
  const api = await server(() => stop.abort())
  const cluster = await connected(api, {}, { signal: stop.signal })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({
    code: 'interrupted',
    message: 'GET /x: interrupted',
  })
  await expect(cluster.request({ path: '/y' })).rejects.toMatchObject({ code: 'interrupted' })
  expect(api.seen).toHaveLength(1)
})

test('Ctrl-C ends a stream', async () => {
  const stop = new AbortController()
  const api = await server((_, response) => void response.write('line'))
  const { body } = await (await connected(api, {}, { signal: stop.signal })).stream({ path: '/log' })
  body.once('data', () => stop.abort())
  await expect(body.toArray()).rejects.toMatchObject({ code: 'interrupted' })
})

test('close ends the connections', async () => {
  const api = await server()
  const cluster = await connected(api)
  await cluster.request({ path: '/x' })
  expect(api.sockets.size).toBe(1)
  cluster.close()
  await vi.waitFor(() => expect(api.sockets.size).toBe(0))
  await expect(cluster.request({ path: '/y' })).rejects.toMatchObject({ code: 'interrupted' })
})

test('nobody listens', async () => {
  const api = await server()
  await api.close()
  await expect((await connected(api)).request({ path: '/x' })).rejects.toMatchObject({
    code: 'unreachable',
    message: `GET /x: the connection to the server 127.0.0.1:${api.port} was refused`,
    hint: expect.stringContaining('right host or port'),
  })
})

test('a name that does not exist', async () => {
  const cluster = await connected({ ...(await server()), url: 'https://no-such-host.invalid' })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('no-such-host.invalid:443 could not be resolved'),
  })
})

test('something that does not speak HTTP', async () => {
  const { createServer } = await import('node:net')
  const other = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  const api = await server()
  await expect(
    (await connected({ ...api, url: `http://127.0.0.1:${port}` })).request({ path: '/x' }),
  ).rejects.toMatchObject({
    code: 'bad-answer',
    message: expect.stringContaining('does not speak HTTP'),
  })
  await expect(
    (await connected({ ...api, url: `https://127.0.0.1:${port}` })).request({ path: '/x' }),
  ).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('does not speak TLS'),
  })
  other.close()
})

test('a body that is text or bytes is sent as it is, with the content type given', async () => {
  const api = await server()
  const cluster = await connected(api)
  await cluster.request({
    method: 'PATCH',
    path: '/x',
    body: 'ä: 1',
    headers: { 'Content-Type': 'application/apply-patch+yaml' },
  })
  await cluster.request({ method: 'POST', path: '/y', body: Buffer.from('raw') })
  expect(api.seen[0]).toMatchObject({
    body: 'ä: 1',
    headers: { 'content-type': 'application/apply-patch+yaml', 'content-length': '5' },
  })
  expect(api.seen[1]).toMatchObject({ body: 'raw' })
})

test('no more connections at once than there is room for', async () => {
  const api = await server()
  const cluster = await connected(api)
  await Promise.all(Array.from({ length: 40 }, (_, index) => cluster.request({ path: `/${index}` })))
  expect(api.seen).toHaveLength(40)
  expect(api.connections()).toBeLessThanOrEqual(17)
})

test('a reader that is slow is not a silent server', async () => {
  vi.spyOn(defaultLimits, 'idle', 'get').mockReturnValue(500)
  const size = 8 * 1024 * 1024
  const api = await server((_, response) => response.end(Buffer.alloc(size)))
  const { body } = await (await connected(api)).stream({ path: '/log' })
  await sleep(1200)
  expect(Buffer.concat(await body.toArray())).toHaveLength(size)
  vi.restoreAllMocks()
})

test('a server that never finishes the TLS handshake is given up', async () => {
  vi.spyOn(defaultLimits, 'handshake', 'get').mockReturnValue(50)
  const { createServer } = await import('node:net')
  const mute = createServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const { port } = mute.address() as { port: number }
  const cluster = await connected({ ...(await server()), url: `https://127.0.0.1:${port}` })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({
    code: 'timeout',
    message: 'GET /x: no TLS handshake within 0.05 s',
  })
  mute.close()
  vi.restoreAllMocks()
})
