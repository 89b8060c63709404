import { SecureError } from '../errors.ts'
import type { ServerUrl } from './server-url.ts'
import { isLoopback } from './server-url.ts'

/**
 * The proxy for a server: the cluster's proxy-url, else HTTPS_PROXY (HTTP_PROXY for plain http) unless NO_PROXY excludes it.
 * Rule: client-go's transport and Go's httpproxy.Config, where loopback servers are never proxied by the environment.
 * Throws SecureError `kubeconfig` for a proxy that cannot be used.
 */
export async function chooseProxy(
  server: ServerUrl,
  proxyUrl: string | undefined,
  env: Record<string, string | undefined>,
): Promise<string | undefined> {
  if (proxyUrl !== undefined) return proxyUrl
  const name = server.secure ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const set = env[name] || env[name.toLowerCase()]
  if (!set || isLoopback(server.host)) return undefined
  const proxy = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(set) ? set : `http://${set}`
  const noProxy = env['NO_PROXY'] || env['no_proxy'] || ''
  if (noProxy !== '') {
    const { isExcluded } = await import('./no-proxy.ts')
    if (isExcluded(noProxy, server.host, server.port)) return undefined
  }
  const problem = proxyProblem(proxy)
  if (problem !== undefined) throw new SecureError('kubeconfig', `invalid ${name}: ${problem}`)
  return proxy
}

/** Why a proxy URL cannot be used, or undefined. It is never quoted: it may hold a password. */
export function proxyProblem(proxyUrl: string): string | undefined {
  let protocol: string
  try {
    protocol = new URL(proxyUrl).protocol
  } catch {
    return 'it is not a URL'
  }
  if (protocol === 'http:' || protocol === 'https:') return undefined
  if (protocol.startsWith('socks5')) return 'SOCKS proxies are not supported; use an http or https proxy'
  return `unsupported scheme ${JSON.stringify(protocol.slice(0, -1))}, must be http or https`
}
