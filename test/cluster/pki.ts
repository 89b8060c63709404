import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterError } from './cluster-error.ts'
import { run } from './run.ts'

/** Who a certificate is for: a user with groups, and for servers the addresses it answers on. */
export interface CertificateRequest {
  user: string
  groups?: readonly string[]
  /** Subject alternative names as openssl writes them, such as IP:127.0.0.1. */
  names?: readonly string[]
}

async function openssl(dir: string, args: string[]): Promise<void> {
  const { code, stderr } = await run(['openssl', ...args], { cwd: dir })
  if (code !== 0) throw new ClusterError(`openssl ${args[0]} failed.`, { why: stderr })
}

/** Writes a new P-256 private key: made in 0.1 ms, where RSA takes up to a second. */
function writeKey(dir: string, name: string): KeyObject {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(join(dir, `${name}.key`), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 })
  return publicKey
}

/** A distinguished name for openssl; its separators are escaped in what the caller gave. */
function subject({ user, groups = [] }: CertificateRequest): string {
  const part = (key: string, value: string) => `/${key}=${value.replaceAll(/[\\/+]/g, String.raw`\$&`)}`
  return [...groups.map((group) => part('O', group)), part('CN', user)].join('')
}

/** Makes the certificate authority of an instance: ca.crt and ca.key. */
export async function makeAuthority(dir: string): Promise<void> {
  writeKey(dir, 'ca')
  const args = ['-x509', '-new', '-key', 'ca.key', '-out', 'ca.crt', '-days', '365', '-subj', '/CN=test-cluster']
  await openssl(dir, ['req', ...args])
}

/** Makes NAME.key and NAME.crt, signed by the instance's authority. */
export async function makeCertificate(dir: string, name: string, request: CertificateRequest): Promise<void> {
  writeKey(dir, name)
  const [csr, ext] = [`${name}.csr`, `${name}.ext`]
  const names = request.names?.length ? `subjectAltName=${request.names.join(',')}\n` : ''
  writeFileSync(join(dir, ext), `${names}extendedKeyUsage=serverAuth,clientAuth\n`)
  await openssl(dir, ['req', '-new', '-utf8', '-key', `${name}.key`, '-out', csr, '-subj', subject(request)])
  // A random serial: certificates are signed at the same time, and openssl's serial file cannot be shared.
  const serial = `0x${randomBytes(15).toString('hex')}`
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', serial]
  const output = ['-out', `${name}.crt`, '-days', '365', '-extfile', ext]
  await openssl(dir, ['x509', '-req', '-in', csr, ...authority, ...output])
}

/** Makes the key that signs service account tokens: sa.key and sa.pub. */
export function makeTokenKey(dir: string): void {
  writeFileSync(join(dir, 'sa.pub'), writeKey(dir, 'sa').export({ type: 'spki', format: 'pem' }))
}
