import type { KeyObject } from 'node:crypto'
import type { Problems } from './problems.ts'
import { isSignedBy, keyId, readEnvelope } from './sign.ts'

export type SignatureState =
  | { state: 'none' }
  /** There is an envelope, and no key to check it with: it says nothing yet. */
  | { state: 'unchecked'; keyIds: string[] }
  | { state: 'valid'; keyId: string }
  | { state: 'bad' }

/** Checks an envelope and whether it is about these digests. */
export function verifySignature(
  envelope: string | undefined,
  key: KeyObject | undefined,
  digests: { archive?: string | undefined; manifest?: string | undefined },
  problems: Problems,
): SignatureState {
  if (envelope === undefined) {
    if (!key) return { state: 'none' }
    problems.add('signature', 'there is a key to check with, and no signature (.dsse.json)')
    return { state: 'bad' }
  }
  const read = readEnvelope(envelope)
  if (typeof read === 'string') {
    problems.add('signature', read)
    return { state: 'bad' }
  }
  const before = problems.count
  if (key && !isSignedBy(read.envelope, key))
    problems.add('signature', `it is not signed by the key ${keyId(key)}, or was changed since`)
  const signedDigests = read.content.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 }))
  const manifests = signedDigests.filter(({ name }) => name.endsWith('/tagmanifest-sha256.txt'))
  const archives = signedDigests.filter(({ name }) => !name.endsWith('/tagmanifest-sha256.txt'))
  if (digests.manifest !== undefined && !manifests.some(({ sha256 }) => sha256 === digests.manifest)) {
    problems.add('signature', 'tagmanifest-sha256.txt is not the one that was signed', {
      file: 'tagmanifest-sha256.txt',
    })
  }
  if (digests.archive !== undefined && !archives.some(({ sha256 }) => sha256 === digests.archive)) {
    problems.add('signature', 'the archive is not, byte for byte, the one that was signed')
  }
  if (problems.count > before) return { state: 'bad' }
  return key
    ? { state: 'valid', keyId: keyId(key) }
    : { state: 'unchecked', keyIds: read.envelope.signatures.map(({ keyid }) => keyid) }
}
