import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { SecureError } from '../errors.ts'

export const payloadType = 'application/vnd.in-toto+json'
const predicateType = 'https://kubectl-secure.github.io/evidence/v1'

export type Subject = { name: string; digest: { sha256: string } }
export type Statement = {
  _type: 'https://in-toto.io/Statement/v1'
  subject: Subject[]
  predicateType: typeof predicateType
  predicate: Record<string, string>
}
export type Envelope = { payloadType: string; payload: string; signatures: { keyid: string; sig: string }[] }

export function statement(subject: Subject[], predicate: Record<string, string>): Statement {
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }
}

/** What is signed: the pre-authentication encoding of DSSE 1.0. */
export function preAuthEncoding(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}

/** A DSSE envelope of a statement, signed with a private Ed25519 key. */
export function signed(content: Statement, key: KeyObject): Envelope {
  const payload = Buffer.from(JSON.stringify(content))
  const sig = sign(null, preAuthEncoding(payloadType, payload), key).toString('base64')
  return { payloadType, payload: payload.toString('base64'), signatures: [{ keyid: keyId(key), sig }] }
}

/** Whether one of an envelope's signatures is by that key. */
export function isSignedBy({ payload, signatures }: Envelope, key: KeyObject): boolean {
  const content = preAuthEncoding(payloadType, Buffer.from(payload, 'base64'))
  return signatures.some(({ sig }) => verify(null, content, key, Buffer.from(sig, 'base64')))
}

/** A public key's name: the SHA-256 of its SubjectPublicKeyInfo in DER. */
export function keyId(key: KeyObject): string {
  const open = key.type === 'private' ? createPublicKey(key) : key
  return createHash('sha256')
    .update(open.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** Reads a PEM key. Throws SecureError `usage` where it is none or not Ed25519; the key itself is never in the message. */
export function readKey(pem: string, type: 'private' | 'public'): KeyObject {
  let key: KeyObject
  try {
    key = type === 'private' ? createPrivateKey(pem) : createPublicKey(pem)
  } catch {
    throw notAKey(type)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw notAKey(type)
  return key
}

function notAKey(type: string): SecureError {
  return new SecureError('usage', `that is not a ${type} Ed25519 key in PEM without a passphrase`, {
    hint: '`openssl genpkey -algorithm ed25519 -out key.pem` makes one; `openssl pkey -in key.pem -pubout` its public half.',
  })
}

/** Reads an envelope; or tells why it is none of ours. */
export function readEnvelope(text: string): { envelope: Envelope; content: Statement } | string {
  try {
    const envelope = JSON.parse(text) as Envelope
    if (envelope.payloadType !== payloadType) return 'its payload is not an in-toto statement'
    const payload = Buffer.from(envelope.payload, 'base64')
    if (payload.toString('base64') !== envelope.payload) return 'its payload is not base64 as it should be'
    const content = JSON.parse(payload.toString('utf8')) as Statement
    const isOurs = content._type === 'https://in-toto.io/Statement/v1' && content.predicateType === predicateType
    if (!isOurs) return 'its statement is not about evidence of kubectl secure'
    const areStrings = [
      ...content.subject.map(({ name, digest }) => [name, digest.sha256]),
      ...envelope.signatures.map(({ keyid, sig }) => [keyid, sig]),
    ]
    if (areStrings.flat().some((one) => typeof one !== 'string')) return 'it is not a DSSE envelope'
    return { envelope, content }
  } catch {
    return 'it is not a DSSE envelope'
  }
}
