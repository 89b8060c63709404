import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** X.509 certificates for local test servers, written in DER by hand so that no openssl program is needed. */
export type Issued = { cert: string; key: string; privateKey: KeyObject; subject: Buffer }

export type CertificateRequest = {
  name: string
  /** O fields: Kubernetes reads them as groups. */
  groups?: string[]
  hosts?: string[]
  authority?: boolean
  notBefore?: Date
  notAfter?: Date
}

const day = 86_400_000

/** Signs a certificate with `issuer`, or with its own key. */
export function issue(request: CertificateRequest, issuer?: Issued): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = distinguishedName(request)
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'))
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    issuer?.subject ?? subject,
    sequence(
      time(request.notBefore ?? new Date(Date.now() - day)),
      time(request.notAfter ?? new Date(Date.now() + day)),
    ),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(request))),
  )
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey)
  const der = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
    subject,
  }
}

function extensions({ authority, hosts }: CertificateRequest): Buffer[] {
  const found = [sequence(oid('2.5.29.19'), boolean(true), octets(sequence(...(authority ? [boolean(true)] : []))))]
  if (hosts?.length) {
    const names = hosts.map((host) =>
      isIPv4(host) ? tagged(0x87, Buffer.from(host.split('.').map(Number))) : tagged(0x82, Buffer.from(host)),
    )
    found.push(sequence(oid('2.5.29.17'), octets(sequence(...names))))
  }
  return found
}

function distinguishedName({ name, groups = [] }: CertificateRequest): Buffer {
  const part = (type: string, value: string): Buffer =>
    tagged(0x31, sequence(oid(type), tagged(0x0c, Buffer.from(value))))
  return sequence(...groups.map((group) => part('2.5.4.10', group)), part('2.5.4.3', name))
}

function tagged(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 256
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from([tag]), length, body])
}

const sequence = (...content: Buffer[]): Buffer => tagged(0x30, ...content)
const integer = (value: Buffer): Buffer => tagged(0x02, value)
const octets = (value: Buffer): Buffer => tagged(0x04, value)
const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 255 : 0]))

function time(date: Date): Buffer {
  const text = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return tagged(0x18, Buffer.from(text))
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groups = [part & 127]
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128)
    bytes.push(...groups)
  }
  return tagged(0x06, Buffer.from(bytes))
}
