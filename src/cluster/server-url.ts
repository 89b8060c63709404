import { SecureError } from '../errors.ts'

export type ServerUrl = {
  /** As it is shown: scheme, host, port and path prefix. */
  text: string
  secure: boolean
  /** Without the brackets of IPv6. */
  host: string
  port: number
  /** The path that a proxy in front of the API server wants before every path; '' for none. */
  prefix: string
}

/**
 * Reads the `server` of a cluster. Without a scheme it is plain http, as in kubectl.
 * Throws SecureError `kubeconfig`. Rule: DefaultServerURL in client-go's rest/url_utils.go.
 */
export function parseServer(server: string): ServerUrl {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(server) ? server : `http://${server}`
  let url: URL
  try {
    url = new URL(withScheme)
  } catch (cause) {
    throw new SecureError('kubeconfig', `the server ${JSON.stringify(server)} is not a URL or a host:port pair`, {
      cause,
    })
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new SecureError('kubeconfig', `the server ${JSON.stringify(server)} is neither http nor https`)
  }
  if (url.username !== '' || url.password !== '') {
    // Not quoted: it holds a password.
    throw new SecureError('kubeconfig', 'the server must not hold a user name or a password')
  }
  const secure = url.protocol === 'https:'
  const prefix = url.pathname.replace(/\/+$/, '')
  if (withScheme !== server && prefix !== '') {
    throw new SecureError('kubeconfig', `the server ${JSON.stringify(server)} is not a URL or a host:port pair`)
  }
  return {
    text: `${url.protocol}//${url.host}${prefix}`,
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    prefix,
  }
}

/** Whether a host is this machine, where compression costs more than it saves. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
