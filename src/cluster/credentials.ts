import { SecureError } from '../errors.ts'
import type { KubeconfigUser } from './kubeconfig.ts'
import { readPem } from './pem.ts'

/** What a request presents: a header, a client certificate, both or neither. */
export type Credential = { authorization?: string; certificate?: { cert: string; key: string } }

export type Credentials = {
  current(): Promise<Credential>
  /** After a 401: gets others, if there are others to get. False means that trying again is of no use. */
  renew?(refused: Credential): Promise<boolean>
}

/** What credentials that come from outside the kubeconfig need of the surroundings. */
export type CredentialSurroundings = {
  env: Record<string, string | undefined>
  warn: (line: string) => void
  interactive: boolean
  signal?: AbortSignal | undefined
  now: () => number
}

/** What an exec plugin with provideClusterInfo is told. Source: ConfigToExecCluster in client-go's rest/exec.go. */
export type ExecClusterInfo = Record<string, unknown>

/**
 * The credentials of a user entry. A token, a password or a client certificate comes before plugins; tokenFile comes before
 * token. Reads files at once, so that a missing one fails before the first request. Throws SecureError `kubeconfig`.
 * Rule: getUserIdentificationPartialConfig, HTTPWrappersForConfig and the exec Authenticator in client-go.
 */
export async function openCredentials(
  user: KubeconfigUser,
  execCluster: ExecClusterInfo,
  around: CredentialSurroundings,
): Promise<Credentials> {
  const certificate = await readCertificate(user)
  const fixed = certificate && { certificate }
  if (user.tokenFile !== undefined) {
    const { tokenFromFile } = await import('./token-file.ts')
    const token = await tokenFromFile(user.tokenFile, around)
    return { current: async () => ({ ...fixed, authorization: bearer(await token()) }) }
  }
  if (user.token !== undefined) {
    const credential = { ...fixed, authorization: bearer(user.token) }
    return { current: async () => credential }
  }
  if (user.username !== undefined) {
    const pair = Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')
    const credential = { ...fixed, authorization: `Basic ${pair}` }
    return { current: async () => credential }
  }
  if (user.authProvider) {
    const { openAuthProvider } = await import('./auth-provider.ts')
    const token = await openAuthProvider(user.authProvider, around)
    return { current: async () => ({ ...fixed, authorization: bearer(await token()) }) }
  }
  if (user.exec && !certificate) {
    const { execCredentials } = await import('./exec-plugin.ts')
    return execCredentials(user.exec, execCluster, around)
  }
  return { current: async () => fixed ?? {} }
}

async function readCertificate(user: KubeconfigUser): Promise<{ cert: string; key: string } | undefined> {
  const cert = await readPem('client-certificate', user.clientCertificate, user.clientCertificateData)
  const key = await readPem('client-key', user.clientKey, user.clientKeyData)
  return cert !== undefined && key !== undefined ? { cert, key } : undefined
}

function bearer(token: string): string {
  // A header cannot hold these, and Node's own error would quote the token.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(token)) {
    throw new SecureError('kubeconfig', 'the token holds a line break or another character that a token cannot have')
  }
  return `Bearer ${token}`
}
