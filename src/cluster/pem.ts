import { readFile } from 'node:fs/promises'
import { SecureError } from '../errors.ts'

/** PEM text of a kubeconfig field, from its `-data` or from its file. Throws SecureError `kubeconfig`. */
export async function readPem(
  field: string,
  file: string | undefined,
  base64: string | undefined,
): Promise<string | undefined> {
  if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('latin1')
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'latin1')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new SecureError('kubeconfig', `unable to read ${field} ${file}: ${code}`, { cause })
  }
}
