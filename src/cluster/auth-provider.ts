import { SecureError } from '../errors.ts'

/**
 * The token of a legacy `auth-provider` entry, of which kubectl keeps only `oidc`. Uses the id-token while it is valid.
 * Throws SecureError `kubeconfig`. Rule: client-go's plugin/pkg/client/auth/oidc/oidc.go.
 */
export async function openAuthProvider(
  provider: { name: string; config: Record<string, string> },
  around: { now: () => number },
): Promise<() => Promise<string>> {
  if (provider.name !== 'oidc') {
    throw new SecureError('kubeconfig', `no Auth Provider found for name ${JSON.stringify(provider.name)}`, {
      hint: 'kubectl has dropped it too: log in again with the exec plugin of your provider, which rewrites the kubeconfig.',
    })
  }
  for (const field of ['idp-issuer-url', 'client-id']) {
    if (!provider.config[field]) throw new SecureError('kubeconfig', `the oidc auth-provider must provide ${field}`)
  }
  return async () => {
    const token = provider.config['id-token'] ?? ''
    if (token !== '' && isValid(token, around.now())) return token
    throw new SecureError('kubeconfig', 'the id-token of the oidc auth-provider has expired', {
      // Refreshing may replace the refresh token, and only kubectl writes the new one to the kubeconfig.
      hint: 'Run any kubectl command to renew it, for example `kubectl get --raw /version`, then try again.',
    })
  }
}

// Ten seconds early, as client-go.
function isValid(token: string, now: number): boolean {
  const parts = token.split('.')
  let expiry: unknown
  try {
    if (parts.length !== 3) throw new Error('not three parts')
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString())
    expiry = (claims as { exp?: unknown }).exp
  } catch {
    throw new SecureError('kubeconfig', 'the id-token of the oidc auth-provider is not a JWT')
  }
  return typeof expiry === 'number' && now + 10_000 < expiry * 1000
}
