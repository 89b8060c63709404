import type { Agent } from 'node:http'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { ConnectionOptions as TlsOptions, PeerCertificate } from 'node:tls'
import { readPem } from './pem.ts'
import type { KubeconfigCluster } from './kubeconfig.ts'

/** Whom to trust: the part of a TLS connection that does not depend on who we are. */
export type Trust = { ca: string | undefined; insecure: boolean; serverName: string | undefined }

export type Wire = {
  secure: boolean
  agent: Agent
  request: typeof import('node:http').request
}

// The requests that evidence collect has under way, and a watch beside them; an API server counts requests, not connections, against its limits.
const maxSockets = 17

/** Reads what a cluster entry trusts. Throws SecureError `kubeconfig` for a file that cannot be read. */
export async function readTrust(cluster: KubeconfigCluster, env: Record<string, string | undefined>): Promise<Trust> {
  const own = await readPem('certificate-authority', cluster.certificateAuthority, cluster.certificateAuthorityData)
  // Go trusts the system's store, and Node its own list; SSL_CERT_FILE replaces the system's in both Go and OpenSSL.
  const ca = own ?? (env['SSL_CERT_FILE'] ? await readPem('SSL_CERT_FILE', env['SSL_CERT_FILE'], undefined) : undefined)
  return { ca, insecure: cluster.insecureSkipTlsVerify ?? false, serverName: cluster.tlsServerName }
}

/** One pool of kept connections. `proxy` is an http or https URL, for every request; it gets `connectLimit` milliseconds to let us through. */
export async function openWire(
  secure: boolean,
  trust: Trust,
  certificate: { cert: string; key: string } | undefined,
  proxy: string | undefined,
  connectLimit: number | undefined,
): Promise<Wire> {
  const pool = {
    keepAlive: true,
    maxSockets,
    autoSelectFamilyAttemptTimeout: 1000,
    noDelay: true,
    // A request sees no socket before the tunnel stands, so the tunnel's own limit must be the agent's.
    ...(proxy !== undefined && connectLimit !== undefined && { timeout: connectLimit }),
  }
  if (!secure) {
    // An ES import of node:http evaluates its WebSocket getter, which loads all of undici (20 ms).
    const { Agent, request } = process.getBuiltinModule('node:http')
    const agent = new Agent({ ...pool, ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy } }) })
    return { secure, agent, request }
  }
  const { Agent, request } = await import('node:https')
  const agent = new Agent({
    ...pool,
    ...(await tlsOptions(trust)),
    ...certificate,
    ...(proxy !== undefined && { proxyEnv: { HTTPS_PROXY: proxy } }),
  })
  return { secure, agent, request }
}

async function tlsOptions(trust: Trust): Promise<TlsOptions> {
  const name = trust.serverName
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: !trust.insecure,
    ...(trust.insecure ? {} : { ca: trust.ca ?? (await systemAuthorities()) }),
    // An address is checked, but never sent as the server's name (RFC 6066).
    ...(name !== undefined && { servername: isIP(name) > 0 ? '' : name }),
    checkServerIdentity: (host, certificate) => identityProblem(name ?? host, certificate),
  }
}

// Node falls back to the common name of a certificate without alternative names; Go and browsers do not.
function identityProblem(name: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname) return checkServerIdentity(name, certificate)
  const problem = new Error('the certificate names no host: it has no subject alternative name')
  return Object.assign(problem, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}

async function systemAuthorities(): Promise<string[]> {
  const { getCACertificates } = await import('node:tls')
  const system = getCACertificates('system')
  return system.length > 0 ? system : getCACertificates('default')
}
