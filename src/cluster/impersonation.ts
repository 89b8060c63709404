import type { KubeconfigUser } from './kubeconfig.ts'

/**
 * The headers that ask the API server to act as somebody else. Extra keys are percent-encoded where a header name could not
 * hold them. Rule: impersonatingRoundTripper and headerKeyEscape in client-go's transport/round_trippers.go.
 */
export function impersonationHeaders(user: KubeconfigUser): Record<string, string | string[]> {
  if (user.as === undefined) return {}
  const extra = Object.entries(user.asUserExtra ?? {}).filter(([, values]) => values.length > 0)
  return {
    'impersonate-user': headerValue(user.as),
    ...(user.asUid !== undefined && { 'impersonate-uid': headerValue(user.asUid) }),
    ...(user.asGroups?.length && { 'impersonate-group': user.asGroups.map(headerValue) }),
    ...Object.fromEntries(
      extra.map(([key, values]) => [`impersonate-extra-${escapeKey(key)}`, values.map(headerValue)]),
    ),
  }
}

function escapeKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

// Go sends the bytes of the UTF-8 text; Node would refuse or change them, so each byte becomes one character.
function headerValue(text: string): string {
  return Buffer.from(text).toString('latin1')
}
