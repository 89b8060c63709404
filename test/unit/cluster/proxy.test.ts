import { createServer, request } from 'node:http'
import { connect as connectTo, createServer as createNetServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../../src/cluster/connect.ts'
import { defaultLimits } from '../../../src/cluster/send.ts'
import { isExcluded } from '../../../src/cluster/no-proxy.ts'
import { ok } from './fake-server.ts'
import { describeWithKubectl, kubectl } from './kubectl.ts'
import { kubeconfig, server, setting } from './setting.ts'
import type { Setting } from './setting.ts'

type Proxy = { url: string; port: number; seen: string[] }

/** A forward proxy that finds every name on this machine. */
async function proxy(): Promise<Proxy> {
  const seen: string[] = []
  const own = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '')
    seen.push(`${incoming.method} ${url.host} ${incoming.headers['proxy-authorization'] ?? '-'}`)
    const { host: _, ...headers } = incoming.headers
    const onward = request({ host: '127.0.0.1', port: url.port, path: url.pathname, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  own.on('connect', (incoming, socket, head) => {
    seen.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? '-'}`)
    if (incoming.url?.startsWith('forbidden')) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const onward = connectTo(Number(incoming.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
    onTestFinished(() => void onward.destroy())
  })
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    own.closeAllConnections()
    own.close()
  })
  const { port } = own.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port, seen }
}

async function ask(place: Setting): Promise<boolean> {
  const cluster = await connect({}, place)
  try {
    await cluster.request({ path: '/x' })
    return true
  } catch {
    return false
  } finally {
    cluster.close()
  }
}

type World = { tls: number; plain: number; proxy: Proxy }
type Scene = [name: string, config: (w: World) => string, env: (w: World) => Record<string, string>, proxied: boolean]

const viaProxyUrl = (url: (w: World) => string, proxyUrl: (w: World) => string) => (w: World) =>
  kubeconfig(url(w), { token: 't' }, { 'proxy-url': proxyUrl(w) })
const named = (w: World): string => `https://api.test:${w.tls}`
const none = (): Record<string, string> => ({})

const scenes: Scene[] = [
  ['proxy-url', viaProxyUrl(named, (w) => w.proxy.url), none, true],
  [
    'proxy-url even for this machine',
    viaProxyUrl(
      (w) => `https://127.0.0.1:${w.tls}`,
      (w) => w.proxy.url,
    ),
    none,
    true,
  ],
  ['proxy-url before NO_PROXY', viaProxyUrl(named, (w) => w.proxy.url), () => ({ NO_PROXY: '*' }), true],
  [
    'proxy-url with a password',
    viaProxyUrl(named, (w) => `http://us%20er:p%40ss@127.0.0.1:${w.proxy.port}`),
    none,
    true,
  ],
  [
    'proxy-url for plain http',
    viaProxyUrl(
      (w) => `http://api.test:${w.plain}`,
      (w) => w.proxy.url,
    ),
    none,
    true,
  ],
  ['HTTPS_PROXY', (w) => kubeconfig(named(w), { token: 't' }), (w) => ({ HTTPS_PROXY: w.proxy.url }), true],
  [
    'https_proxy without a scheme',
    (w) => kubeconfig(named(w), { token: 't' }),
    (w) => ({ https_proxy: `127.0.0.1:${w.proxy.port}` }),
    true,
  ],
  [
    'HTTPS_PROXY before https_proxy',
    (w) => kubeconfig(named(w), { token: 't' }),
    (w) => ({ HTTPS_PROXY: w.proxy.url, https_proxy: 'http://wrong.invalid' }),
    true,
  ],
  [
    'HTTPS_PROXY is not for this machine',
    (w) => kubeconfig(`https://127.0.0.1:${w.tls}`, { token: 't' }),
    (w) => ({ HTTPS_PROXY: w.proxy.url }),
    false,
  ],
  [
    'HTTP_PROXY is not for https',
    (w) => kubeconfig(`https://localhost:${w.tls}`, { token: 't' }),
    (w) => ({ HTTP_PROXY: w.proxy.url }),
    false,
  ],
  [
    'HTTP_PROXY',
    (w) => kubeconfig(`http://api.test:${w.plain}`, { token: 't' }),
    (w) => ({ HTTP_PROXY: w.proxy.url }),
    true,
  ],
  [
    'NO_PROXY for another name',
    (w) => kubeconfig(named(w), { token: 't' }),
    (w) => ({ HTTPS_PROXY: w.proxy.url, NO_PROXY: 'pi.test, other.test,10.0.0.0/8,api.test:1' }),
    true,
  ],
]

async function setUp(scene: Scene): Promise<{ place: Setting; proxy: Proxy }> {
  const [, config, env] = scene
  const [tls, plain, own] = await Promise.all([server(), server(ok, { plain: true }), proxy()])
  const world = { tls: tls.port, plain: plain.port, proxy: own }
  const place = setting(env(world))
  place.write('.kube/config', config(world))
  return { place, proxy: own }
}

describeWithKubectl('proxies as kubectl uses them', () => {
  test.each(scenes)('%s', async (...scene) => {
    const { place, proxy: own } = await setUp(scene)
    expect(await kubectl(['get', '--raw=/x'], place)).toMatchObject({ code: 0 })
    const theirs = own.seen.splice(0)
    expect(theirs).toHaveLength(scene[3] ? 1 : 0)
    expect(await ask(place)).toBe(true)
    expect(own.seen).toEqual(theirs)
  })
})

test('a kept connection is kept through a proxy', async () => {
  const own = await proxy()
  const api = await server()
  const place = setting()
  place.write('.kube/config', kubeconfig(`https://api.test:${api.port}`, {}, { 'proxy-url': own.url }))
  const cluster = await connect({}, place)
  for (let i = 0; i < 5; i++) await cluster.request({ path: `/${i}` })
  cluster.close()
  expect(own.seen).toHaveLength(1)
  expect(api.connections()).toBe(1)
})

test('a proxy that refuses is named, without its password', async () => {
  const own = await proxy()
  const place = setting()
  place.write(
    '.kube/config',
    kubeconfig('https://forbidden.test', {}, { 'proxy-url': `http://u:pass-word@127.0.0.1:${own.port}` }),
  )
  const cluster = await connect({}, place)
  const asked = cluster.request({ path: '/x' })
  await expect(asked).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('403 Forbidden') })
  await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('pass-word') })
})

test('a proxy that stays silent is given up', async () => {
  vi.spyOn(defaultLimits, 'connect', 'get').mockReturnValue(50)
  const mute = createNetServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const { port } = mute.address() as AddressInfo
  const place = setting()
  place.write('.kube/config', kubeconfig('https://api.test', {}, { 'proxy-url': `http://127.0.0.1:${port}` }))
  const cluster = await connect({}, place)
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('timed out'),
  })
  mute.close()
  vi.restoreAllMocks()
})

test('asks for gzip, but not of this machine and not with disable-compression', async () => {
  const own = await proxy()
  const api = await server()
  const places = [
    kubeconfig(`https://api.test:${api.port}`, {}, { 'proxy-url': own.url }),
    kubeconfig(`https://api.test:${api.port}`, {}, { 'proxy-url': own.url, 'disable-compression': true }),
    kubeconfig(api.url),
  ]
  for (const config of places) {
    const place = setting()
    place.write('.kube/config', config)
    expect(await ask(place)).toBe(true)
  }
  expect(api.seen.map(({ headers }) => headers['accept-encoding'])).toEqual(['gzip', undefined, undefined])
})

test.each(['socks5://127.0.0.1:1080', 'socks5h://u:pass-word@127.0.0.1:1080'])(
  '%s is not supported, and says so',
  async (url) => {
    const place = setting()
    place.write('.kube/config', kubeconfig('https://api.test', {}, { 'proxy-url': url }))
    const opened = connect({}, place)
    await expect(opened).rejects.toMatchObject({
      code: 'kubeconfig',
      message: expect.stringContaining('SOCKS proxies are not supported'),
    })
    await expect(opened).rejects.not.toMatchObject({ message: expect.stringContaining('pass-word') })
  },
)

// Each line was compared with Go's httpproxy.Config.
test.each([
  ['*', 'api.test', 443, true],
  ['api.test', 'api.test', 443, true],
  ['API.test', 'api.TEST', 443, true],
  ['test', 'api.test', 443, true],
  ['pi.test', 'api.test', 443, false],
  ['.test', 'api.test', 443, true],
  ['.api.test', 'api.test', 443, false],
  ['*.test', 'api.test', 443, true],
  ['*.api.test', 'api.test', 443, false],
  ['a, api.test ,b', 'api.test', 443, true],
  ['api.test:443', 'api.test', 443, true],
  ['api.test:443', 'api.test', 6443, false],
  ['10.1.2.3', '10.1.2.3', 443, true],
  ['10.1.2.3:6443', '10.1.2.3', 443, false],
  ['10.0.0.0/8', '10.1.2.3', 443, true],
  ['10.0.0.0/8', '11.1.2.3', 443, false],
  ['10.0.0.0/8', 'ten.test', 443, false],
  ['fd00::/8', 'fd00::1', 443, true],
  ['[fd00::1]:443', 'fd00::1', 443, true],
  ['fd00::1', 'fd00::1', 443, true],
  ['2.3', '1.1.2.3', 443, false],
  ['[fd00::1]', 'fd00::1', 443, false],
  ['::/0', '10.1.2.3', 443, false],
  ['api.test:', 'api.test', 443, true],
  ['', 'api.test', 443, false],
  [',:80,', 'api.test', 80, false],
])('NO_PROXY=%s and %s:%i: excluded is %s', (noProxy, host, port, excluded) => {
  expect(isExcluded(noProxy, host, port)).toBe(excluded)
})
