import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { connect } from '../../../src/cluster/connect.ts'
import { execCredentials } from '../../../src/cluster/exec-plugin.ts'
import { parseExecCredential } from '../../../src/cluster/exec-credential.ts'
import { issue } from './certificates.ts'
import { authority, ok, sendStatus } from './fake-server.ts'
import type { FakeServer, Handler } from './fake-server.ts'
import { describeWithKubectl, kubectl } from './kubectl.ts'
import { connected, kubeconfig, server, setting } from './setting.ts'
import type { Setting } from './setting.ts'

const v1 = 'client.authentication.k8s.io/v1'
const printed = (status: object, apiVersion = v1): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion, status })

/** Writes a plugin that notes each run and its KUBERNETES_EXEC_INFO, then does `body`. */
function plugin(place: Setting, body: string, name = 'plugin'): string {
  const log = join(place.home, 'runs')
  return place.write(name, `#!/bin/sh\nprintf '%s\\n' "$KUBERNETES_EXEC_INFO" >> '${log}'\n${body}\n`, 0o700)
}

const runs = (place: Setting): unknown[] =>
  readFileSync(join(place.home, 'runs'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

const exec = (command: string, more: object = {}): object => ({
  exec: { apiVersion: v1, command, interactiveMode: 'IfAvailable', ...more },
})

test('one run for requests at the same time, and its token for all of them', async () => {
  const place = setting()
  const command = plugin(place, `echo '${printed({ token: 'from-plugin' })}'`)
  const api = await server()
  const cluster = await connected(api, {}, { user: exec(command) })
  await Promise.all(['/1', '/2', '/3'].map((path) => cluster.request({ path })))
  await cluster.request({ path: '/4' })
  expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer from-plugin'))
  expect(runs(place)).toEqual([{ kind: 'ExecCredential', apiVersion: v1, spec: { interactive: false } }])
})

test('runs again when the credential has expired', async () => {
  const place = setting()
  const past = printed({ token: 't', expirationTimestamp: '2020-01-01T00:00:00Z' })
  const cluster = await connected(await server(), {}, { user: exec(plugin(place, `echo '${past}'`)) })
  await cluster.request({ path: '/1' })
  await cluster.request({ path: '/2' })
  expect(runs(place)).toHaveLength(2)
})

test('keeps a credential until it expires', async () => {
  const place = setting()
  const command = plugin(place, `echo '${printed({ token: 't', expirationTimestamp: '2030-01-01T00:00:00Z' })}'`)
  let now = Date.parse('2029-12-31T23:59:59Z')
  const config = { command, args: [], env: [], apiVersion: v1, provideClusterInfo: false, interactiveMode: 'Never' }
  const credentials = execCredentials(config, {}, { ...place, now: () => now })
  await credentials.current()
  await credentials.current()
  expect(runs(place)).toHaveLength(1)
  now += 2000
  await credentials.current()
  expect(runs(place)).toHaveLength(2)
})

/** Answers 401 to every token but the one that is named. */
const only =
  (token: string): Handler =>
  (request, response, seen) =>
    seen.headers.authorization === `Bearer ${token}`
      ? ok(request, response, seen)
      : sendStatus(response, 401, 'Unauthorized')

test('after a 401 runs once more and tries again', async () => {
  const place = setting()
  const count = `n=$(wc -l < '${join(place.home, 'runs')}' | tr -d ' ')`
  const command = plugin(
    place,
    `${count}; echo "{\\"kind\\":\\"ExecCredential\\",\\"apiVersion\\":\\"${v1}\\",\\"status\\":{\\"token\\":\\"t$n\\"}}"`,
  )
  const api = await server(only('t2'))
  const cluster = await connected(api, {}, { user: exec(command) })
  expect((await cluster.request({ path: '/1' })).status).toBe(200)
  expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2'])
})

test('a 401 that stays is a 401', async () => {
  const place = setting()
  const api = await server(only('other'))
  const cluster = await connected(api, {}, { user: exec(plugin(place, `echo '${printed({ token: 't' })}'`)) })
  await expect(cluster.request({ path: '/1' })).rejects.toMatchObject({ code: 'unauthorized' })
  expect(runs(place)).toHaveLength(2)
})

test('presents the client certificate of a plugin, and a new connection when it changes', async () => {
  const place = setting()
  for (const name of ['bob', 'carol']) {
    const { cert, key } = issue({ name }, authority)
    place.write(
      name,
      printed({ clientCertificateData: cert, clientKeyData: key, expirationTimestamp: '2020-01-01T00:00:00Z' }),
    )
  }
  const command = plugin(
    place,
    `[ -e '${place.home}/second' ] && exec cat '${place.home}/carol'; touch '${place.home}/second'; cat '${place.home}/bob'`,
  )
  const api = await server()
  const cluster = await connected(api, {}, { user: exec(command) })
  await cluster.request({ path: '/1' })
  await cluster.request({ path: '/2' })
  expect(api.seen.map(({ commonName }) => commonName)).toEqual(['bob', 'carol'])
  expect(api.connections()).toBe(2)
})

test.each([
  ['not JSON', 'echo token: secret-123', /did not print JSON/],
  ['nothing', 'true', /did not print JSON/],
  [
    'another version',
    `echo '${printed({ token: 'secret-123' }, 'client.authentication.k8s.io/v1beta1')}'`,
    /must print an ExecCredential of .*v1, and printed ExecCredential of .*v1beta1/,
  ],
  ['no status', `echo '{"kind":"ExecCredential","apiVersion":"${v1}"}'`, /didn't return a status/],
  ['an empty status', `echo '${printed({})}'`, /didn't return a token or cert/],
  ['a certificate alone', `echo '${printed({ clientCertificateData: 'secret-123' })}'`, /only certificate or key/],
  ['an expiry that is no time', `echo '${printed({ token: 'secret-123', expirationTimestamp: 'soon' })}'`, /no time/],
  [
    'a token with a line break',
    `echo '${JSON.stringify({ kind: 'ExecCredential', apiVersion: v1, status: { token: 'secret-123\nx' } }).replace('\\n', '\\\\n')}'`,
    /did not print|cannot have/,
  ],
  ['a failure', 'echo "{}"; exit 3', /failed with exit code 3/],
])('refuses a plugin that prints %s, without quoting it', async (_, body, message) => {
  const place = setting()
  const cluster = await connected(await server(), {}, { user: exec(plugin(place, body)) })
  const asked = cluster.request({ path: '/1' })
  await expect(asked).rejects.toMatchObject({
    code: 'kubeconfig',
    exitCode: 2,
    message: expect.stringMatching(message),
  })
  await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('secret-123') })
})

test('names a plugin that is not there, with its install hint', async () => {
  const user = exec('no-such-plugin', { installHint: 'brew install it\n\u001b[2Jthen log in' })
  const cluster = await connected(await server(), {}, { user })
  await expect(cluster.request({ path: '/1' })).rejects.toMatchObject({
    code: 'kubeconfig',
    message: 'exec: executable no-such-plugin not found',
    hint: 'brew install it\n\u001b[2Jthen log in',
  })
})

test('a plugin that must ask is not run without a terminal', async () => {
  const place = setting()
  const user = exec(plugin(place, 'true'), { interactiveMode: 'Always' })
  const cluster = await connected(await server(), {}, { user })
  await expect(cluster.request({ path: '/1' })).rejects.toMatchObject({
    message: expect.stringContaining('not a terminal'),
  })
  expect(() => runs(place)).toThrow('ENOENT')
})

test('Ctrl-C ends a plugin', async () => {
  const stop = new AbortController()
  const place = setting()
  const user = exec(plugin(place, 'exec sleep 600'))
  const cluster = await connected(await server(), {}, { user, signal: stop.signal })
  const asked = cluster.request({ path: '/1' })
  const ended = expect(asked).rejects.toMatchObject({ code: 'interrupted' })
  await vi.waitFor(() => runs(place))
  stop.abort()
  await ended
})

test('v1beta1 may leave the mode out, and v1 may not', async () => {
  const beta = 'client.authentication.k8s.io/v1beta1'
  expect(parseExecCredential(printed({ token: 't' }, beta), beta).credential).toEqual({ authorization: 'Bearer t' })
  const user = { exec: { apiVersion: v1, command: 'x' } }
  await expect(connected(await server(), {}, { user })).rejects.toMatchObject({
    message: expect.stringContaining('interactiveMode must be specified'),
  })
})

type Scene = [name: string, user: (place: Setting) => object, cluster?: object]
const dora = issue({ name: 'dora' }, authority)
const token = { token: 'from-plugin' }
const scenes: Scene[] = [
  ['v1', (place) => exec(plugin(place, `echo '${printed(token)}'`))],
  [
    'v1beta1 with cluster information',
    (place) => ({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        command: plugin(place, `echo '${printed(token, 'client.authentication.k8s.io/v1beta1')}'`),
        provideClusterInfo: true,
      },
    }),
    {
      'tls-server-name': 'localhost',
      extensions: [
        { name: 'other', extension: {} },
        { name: 'client.authentication.k8s.io/exec', extension: { audience: 'x', list: [1] } },
      ],
    },
  ],
  [
    'v1 with cluster information',
    (place) => exec(plugin(place, `echo '${printed(token)}'`), { provideClusterInfo: true, interactiveMode: 'Never' }),
    { 'disable-compression': true },
  ],
  [
    'arguments and environment',
    (place) =>
      exec(
        plugin(place, `echo '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"'"$1-$2-$HELLO"'"}}'`),
        {
          args: ['a', '$(b) *'],
          env: [
            { name: 'HELLO', value: 'old' },
            { name: 'HELLO', value: 'new' },
            { name: 'KUBERNETES_EXEC_INFO', value: 'mine' },
          ],
        },
      ),
  ],
  [
    'a path relative to the kubeconfig',
    (place) => (plugin(place, `echo '${printed(token)}'`, 'sub/plugin'), exec('./plugin')),
  ],
  ['a name in PATH', (place) => (plugin(place, `echo '${printed(token)}'`, 'bin/my-plugin'), exec('my-plugin'))],
  [
    'a token of the kubeconfig comes before the plugin',
    (place) => ({ ...exec(plugin(place, 'false')), token: 'fixed' }),
  ],
  [
    'a client certificate comes before the plugin',
    (place) => ({
      ...exec(plugin(place, 'false')),
      'client-certificate-data': Buffer.from(dora.cert).toString('base64'),
      'client-key-data': Buffer.from(dora.key).toString('base64'),
    }),
  ],
  [
    'a password comes before the plugin',
    (place) => ({ ...exec(plugin(place, 'false')), username: 'u', password: 'p' }),
  ],
]

const authorizations = (api: FakeServer): unknown[] =>
  api.seen.splice(0).map(({ headers, commonName }) => [headers.authorization, commonName])

describeWithKubectl('plugins run as kubectl runs them', () => {
  test.each(scenes)('%s', async (_, user, cluster) => {
    const api = await server()
    const noted: unknown[][] = []
    for (const who of ['kubectl', 'us']) {
      const place = setting()
      place.env['PATH'] = `${join(place.home, 'bin')}:${process.env['PATH']}`
      const file = place.write('sub/config', kubeconfig(api.url, user(place), cluster))
      if (who === 'kubectl') {
        expect(await kubectl(['get', '--raw=/x', `--kubeconfig=${file}`], place)).toMatchObject({ code: 0 })
      } else {
        const connection = await connect({ kubeconfig: file }, place)
        await connection.request({ path: '/x' })
        connection.close()
      }
      let told: unknown[] = []
      try {
        told = runs(place)
      } catch {
        // It was not run.
      }
      noted.push([...authorizations(api), ...told])
    }
    expect(noted[0]?.length).toBeGreaterThan(0)
    expect(noted[1]).toEqual(noted[0])
  })
})
