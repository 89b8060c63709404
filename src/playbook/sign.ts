import { type KeyObject, verify } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keyId, readKey } from '../bundle/sign.ts'
import { SecureError } from '../errors.ts'

/** Whose a playbook is. `why`: what keeps it from being trusted. Only those that are trusted may change anything. */
export type Trust =
  | { by: 'shipped' }
  | { by: 'signature'; keyId: string; keyFile: string }
  | { by: 'nobody'; why: string }

type Around = { env: NodeJS.ProcessEnv; home: string }
type TrustedKey = { file: string; key: KeyObject }

/** Where the public keys are whose playbooks are trusted: PEM files in the user's configuration. */
export function trustedKeysFolder({ env, home }: Around): string {
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'kubectl-secure', 'trusted-keys')
}

/** Reads them; none where there is no folder. Throws SecureError `usage` for a file that holds no public Ed25519 key: nobody should rest on one that is not read. */
export async function readTrustedKeys(around: Around): Promise<TrustedKey[]> {
  const folder = trustedKeysFolder(around)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new SecureError('usage', `cannot read ${folder}: ${error.message}`)
  })
  return await Promise.all(
    names
      .filter((name) => name.endsWith('.pem'))
      .toSorted()
      .map(async (name) => {
        const file = join(folder, name)
        try {
          return { file, key: readKey(await readFile(file, 'utf8'), 'public') }
        } catch (error) {
          throw error instanceof SecureError ? error.with({ message: `${file}: ${error.message}` }) : error
        }
      }),
  )
}

const length = 64

/** Whether these bytes were signed by one of the keys: `signature` is an Ed25519 signature over them, 64 bytes as openssl writes them. Pure. */
export function trustOf(bytes: Buffer, signature: Buffer | undefined, keys: readonly TrustedKey[]): Trust {
  if (!signature) return { by: 'nobody', why: 'it is not signed' }
  if (signature.length !== length)
    return { by: 'nobody', why: `its signature is no Ed25519 signature (${signature.length} bytes, not ${length})` }
  const signer = keys.find(({ key }) => verify(null, bytes, key, signature))
  if (signer) return { by: 'signature', keyId: keyId(signer.key), keyFile: signer.file }
  const why =
    keys.length === 0
      ? 'there is no key that is trusted'
      : 'its signature is by no trusted key, or it was changed since'
  return { by: 'nobody', why }
}
