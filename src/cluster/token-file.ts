import { readFile } from 'node:fs/promises'
import { SecureError } from '../errors.ts'

// A minute less ten seconds: NewCachedFileTokenSource in client-go's transport/token_source.go.
const keepMs = 50_000

/**
 * A token that is read again about every minute, as service account tokens are replaced while they are in use. The last good
 * one is kept when the file cannot be read any more. Throws SecureError `kubeconfig` when the first read fails.
 */
export async function tokenFromFile(
  path: string,
  around: { warn: (line: string) => void; now: () => number },
): Promise<() => Promise<string>> {
  let token = await read(path)
  let readAt = around.now()
  return async () => {
    if (around.now() - readAt < keepMs) return token
    readAt = around.now()
    try {
      token = await read(path)
    } catch (error) {
      around.warn(`${error instanceof Error ? error.message : String(error)}; going on with the token read before`)
    }
    return token
  }
}

async function read(path: string): Promise<string> {
  let token: string
  try {
    token = (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new SecureError('kubeconfig', `failed to read token file ${path}: ${code}`, { cause })
  }
  if (token === '') throw new SecureError('kubeconfig', `the token file ${path} is empty`)
  return token
}
