import { SecureError } from '../errors.ts'

type Failure = { message: string; hint?: string; code?: 'bad-answer' | 'timeout' | 'usage' | 'kubeconfig' }

const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

/** What a failed connection to `host:port` means, as a SecureError (`unreachable`, `timeout` or `bad-answer`). */
export function networkError(request: string, address: string, cause: unknown): SecureError {
  const error = (cause ?? {}) as NodeJS.ErrnoException
  const { message, hint, code } = explain(error.code ?? '', address, error)
  return new SecureError(code ?? 'unreachable', `${request}: ${message}`, {
    cause,
    ...(hint !== undefined && { hint }),
  })
}

function explain(code: string, address: string, error: NodeJS.ErrnoException): Failure {
  const tls = explainTls(code, address, error)
  if (tls) return tls
  switch (code) {
    case 'ECONNREFUSED':
      return {
        message: `the connection to the server ${address} was refused`,
        hint: 'Did you specify the right host or port? Is the API server up?',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return {
        message: `the name of the server ${address} could not be resolved (${code})`,
        hint: 'Check the server in the kubeconfig, the DNS, and whether a VPN is needed.',
      }
    case 'ETIMEDOUT':
      return {
        message: `the server ${address} did not answer in time`,
        hint: 'Is a VPN or a firewall in between?',
        code: 'timeout',
      }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { message: `there is no route to the server ${address} (${code})`, hint: 'Is a VPN needed?' }
    case 'ECONNRESET':
    case 'EPIPE':
      return { message: `the server ${address} closed the connection before it answered` }
    case 'ERR_PROXY_TUNNEL':
      return {
        message: `the proxy gave no connection to ${address}: ${line(error.message)}`,
        hint: 'Check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY.',
      }
    case 'ERR_INVALID_CHAR':
    case 'ERR_UNESCAPED_CHARACTERS':
      return { message: `it cannot be sent: ${line(error.message)}`, code: 'usage' }
    default:
      if (code.startsWith('HPE_')) {
        return { message: `the server ${address} does not speak HTTP (${code})`, code: 'bad-answer' }
      }
      return { message: `no connection to the server ${address}: ${line(error.message ?? String(error))}` }
  }
}

function explainTls(code: string, address: string, error: NodeJS.ErrnoException): Failure | undefined {
  if (unknownAuthority.has(code)) {
    return {
      message: `the certificate of ${address} is signed by an unknown authority (${code})`,
      hint: 'The certificate-authority of the kubeconfig is not the one of this server: wrong cluster, a replaced CA, or someone in between. Fetch the kubeconfig again.',
    }
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `the certificate of ${address} is for another name: ${line(error.message)}`,
      hint: 'Use a name that the certificate has as server, or as tls-server-name (--tls-server-name).',
    }
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'
    return { message: `the certificate of ${address} ${when}`, hint: 'Renew it, or check the clock of this machine.' }
  }
  if (code.startsWith('ERR_OSSL_')) {
    return {
      message: `a certificate or key of the kubeconfig cannot be used: ${line(error.message)}`,
      hint: 'Is it PEM, and does the key belong to the certificate?',
      code: 'kubeconfig',
    }
  }
  if (/^ERR_SSL_\w*ALERT/.test(code)) {
    return {
      message: `the server ${address} refused the TLS connection (${code})`,
      hint: 'The client certificate may be missing, expired or of another cluster.',
    }
  }
  if (code === 'EPROTO' || /^ERR_SSL_(WRONG_VERSION|PACKET_LENGTH|UNEXPECTED_MESSAGE)/.test(code)) {
    return { message: `the server ${address} does not speak TLS (${code})`, hint: 'Is its URL http, not https?' }
  }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code.startsWith('CERT_')) {
    return { message: `the TLS connection to ${address} failed: ${line(error.message)}` }
  }
  return undefined
}

function line(text: string): string {
  return text.slice(0, 300)
}
