import { expect, test } from 'vitest'
import { issue } from './certificates.ts'
import { authority } from './fake-server.ts'
import { connected, server } from './setting.ts'

const hosts = ['127.0.0.1']
const old = new Date('2020-01-01')

test.each([
  ['of another authority', issue({ name: 's', hosts }, issue({ name: 'other', authority: true })), /unknown authority/],
  ['signed by itself', issue({ name: 's', hosts }), /unknown authority \(DEPTH_ZERO_SELF_SIGNED_CERT\)/],
  ['for another name', issue({ name: 's', hosts: ['other.test'] }, authority), /is for another name: .*127\.0\.0\.1/],
  ['with a common name alone', issue({ name: '127.0.0.1' }, authority), /is for another name/],
  [
    'that has expired',
    issue({ name: 's', hosts, notBefore: old, notAfter: new Date('2021-01-01') }, authority),
    /has expired/,
  ],
  [
    'that is not valid yet',
    issue({ name: 's', hosts, notBefore: new Date('2099-01-01'), notAfter: new Date('2099-02-01') }, authority),
    /not valid yet/,
  ],
])('refuses a server certificate %s', async (_, certificate, message) => {
  const api = await server(undefined, { certificate })
  await expect((await connected(api)).request({ path: '/x' })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(message),
    hint: expect.any(String),
  })
  expect(api.seen).toHaveLength(0)
})

test('a common name alone is no name, even if it is the right one', async () => {
  const api = await server(undefined, { certificate: issue({ name: 'localhost' }, authority) })
  const cluster = await connected({ ...api, url: `https://localhost:${api.port}` })
  await expect(cluster.request({ path: '/x' })).rejects.toMatchObject({
    message: expect.stringContaining('another name'),
  })
})

test('a server that asks for a client certificate', async () => {
  const api = await server(undefined, { clientCertificate: 'required' })
  await expect((await connected(api)).request({ path: '/x' })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/refused the TLS connection|closed the connection/),
  })
})

test('without a CA in the kubeconfig, SSL_CERT_FILE is trusted, and else the system', async () => {
  const api = await server()
  const cluster = { 'certificate-authority-data': '' }
  await expect((await connected(api, {}, { cluster })).request({ path: '/x' })).rejects.toMatchObject({
    message: expect.stringContaining('unknown authority'),
  })
  const { setting } = await import('./setting.ts')
  const file = setting().write('ca.crt', authority.cert)
  const trusting = await connected(api, {}, { cluster, env: { SSL_CERT_FILE: file } })
  expect((await trusting.request({ path: '/x' })).status).toBe(200)
})

test('plain http spoken to a TLS server is explained by its own answer', async () => {
  const api = await server()
  await expect(
    (await connected({ ...api, url: `http://127.0.0.1:${api.port}` })).request({ path: '/x' }),
  ).rejects.toMatchObject({
    code: expect.stringMatching(/unreachable|bad-answer|server/),
  })
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const [one, other] = [issue({ name: 'one' }, authority), issue({ name: 'other' }, authority)]

test.each([
  ['a key of another certificate', one.cert, other.key],
  ['a certificate that is no PEM', 'nonsense', one.key],
  ['a key that is no PEM', one.cert, 'nonsense'],
])('refuses %s as a fault of the kubeconfig', async (_, cert, key) => {
  const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
  const cluster = await connected(await server(), {}, { user })
  const asked = cluster.request({ path: '/x' })
  await expect(asked).rejects.toMatchObject({ code: 'kubeconfig', message: expect.stringContaining('cannot be used') })
  await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('nonsense') })
})
