import { expect, test } from 'vitest'
import { openCredentials } from '../../../src/cluster/credentials.ts'
import { inClusterTarget } from '../../../src/cluster/in-cluster.ts'
import { tokenFromFile } from '../../../src/cluster/token-file.ts'
import { setting } from './setting.ts'

test('a token file is read again after about a minute, and the last good token is kept', async () => {
  const place = setting()
  const file = place.write('token', 'first\n')
  let now = 0
  const token = await tokenFromFile(file, { warn: place.warn, now: () => now })
  place.write('token', 'second\n')
  now = 49_000
  expect(await token()).toBe('first')
  now = 50_000
  expect(await token()).toBe('second')
  place.write('token', '')
  now = 100_000
  expect(await token()).toBe('second')
  expect(place.warnings).toEqual([expect.stringMatching(/is empty; going on with the token read before/)])
})

const idToken = (seconds: number): string =>
  ['{}', JSON.stringify({ exp: seconds }), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.')

test('the id-token of an oidc auth-provider is used while it is valid', async () => {
  const config = { 'idp-issuer-url': 'https://issuer.test', 'client-id': 'x', 'id-token': idToken(1000) }
  let now = 980_000
  const around = { ...setting(), now: () => now }
  const credentials = await openCredentials({ authProvider: { name: 'oidc', config } }, {}, around)
  expect(await credentials.current()).toEqual({ authorization: `Bearer ${idToken(1000)}` })
  now = 991_000
  await expect(credentials.current()).rejects.toMatchObject({
    code: 'kubeconfig',
    message: 'the id-token of the oidc auth-provider has expired',
    hint: expect.stringContaining('kubectl'),
  })
})

test.each([
  [{ 'client-id': 'x' }, /must provide idp-issuer-url/],
  [{ 'idp-issuer-url': 'x' }, /must provide client-id/],
])('an oidc auth-provider of %j is refused', async (config, message) => {
  const opened = openCredentials({ authProvider: { name: 'oidc', config } }, {}, { ...setting(), now: Date.now })
  await expect(opened).rejects.toThrow(message)
})

test('a token that no header can hold is refused without being shown', async () => {
  const opened = openCredentials({ token: 'secret\nInjected: yes' }, {}, { ...setting(), now: Date.now })
  await expect(opened).rejects.toMatchObject({ code: 'kubeconfig', message: expect.not.stringContaining('secret') })
})

const service = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }

test('a pod talks to its own cluster', async () => {
  const place = setting(service)
  const tokenFile = place.write('sa/token', 'pod-token')
  const ca = place.write('sa/ca.crt', 'ca')
  place.write('sa/namespace', 'shop\n')
  const target = await inClusterTarget({ as: 'eve' }, place.env, `${place.home}/sa`)
  expect(target).toMatchObject({
    server: { text: 'https://[fd00::1]', host: 'fd00::1', port: 443, secure: true },
    namespace: 'shop',
    cluster: { certificateAuthority: ca },
    user: { tokenFile, as: 'eve' },
  })
  expect(await inClusterTarget({ namespace: 'n', token: 't' }, place.env, `${place.home}/sa`)).toMatchObject({
    namespace: 'n',
    user: { token: 't' },
  })
  const told = { ...place.env, POD_NAMESPACE: 'told' }
  expect(await inClusterTarget({}, told, `${place.home}/sa`)).toMatchObject({ namespace: 'told' })
})

test('without the token file or the service this is no pod', async () => {
  const place = setting(service)
  expect(await inClusterTarget({}, place.env, `${place.home}/sa`)).toBeUndefined()
  place.write('sa/token', 'pod-token')
  expect(await inClusterTarget({}, {}, `${place.home}/sa`)).toBeUndefined()
})
