import { resolve } from 'node:path'
import { SecureError } from '../errors.ts'
import type { Cluster } from './cluster.ts'
import { openCredentials } from './credentials.ts'
import type { ExecClusterInfo } from './credentials.ts'
import { parseTimeout } from './duration.ts'
import { impersonationHeaders } from './impersonation.ts'
import { readKubeconfigs } from './kubeconfig-read.ts'
import { chooseProxy } from './proxy.ts'
import { isLoopback } from './server-url.ts'
import { resolveTarget } from './target.ts'
import type { Target } from './target.ts'
import { userAgent } from './user-agent.ts'

/** kubectl's own flags; what is left out comes from the kubeconfig. An empty string counts as left out. */
export type ConnectionOptions = {
  kubeconfig?: string
  context?: string
  cluster?: string
  user?: string
  namespace?: string
  as?: string
  asGroups?: string[]
  asUid?: string
  token?: string
  server?: string
  certificateAuthority?: string
  clientCertificate?: string
  clientKey?: string
  tlsServerName?: string
  insecureSkipTlsVerify?: boolean
  /** kubectl's syntax: 0, 5, 5s, 2m. */
  requestTimeout?: string
}

export type Surroundings = {
  env: Record<string, string | undefined>
  cwd: string
  home: string
  warn: (line: string) => void
  /** Whether standard input is a terminal, for credential plugins. */
  interactive: boolean
  /** Ctrl-C. */
  signal?: AbortSignal
}

/**
 * The cluster that kubectl would talk to with these flags and in these surroundings. Reads the kubeconfig, certificates and
 * token files, but opens no connection and runs no plugin: that is for the first request.
 * Throws SecureError `kubeconfig` or `usage`.
 */
export async function connect(given: ConnectionOptions, around: Surroundings): Promise<Cluster> {
  const options = withAbsolutePaths(given, around.cwd)
  const total = options.requestTimeout === undefined ? undefined : parseTimeout(options.requestTimeout)
  const target = await findTarget(options, around)
  const proxy = await chooseProxy(target.server, target.cluster.proxyUrl, around.env)
  warnOfTokenBehind(options, target, around.warn)
  const [{ openClient }, { readTrust }, { defaultLimits }] = await Promise.all([
    import('./client.ts'),
    import('./agent.ts'),
    import('./send.ts'),
  ])
  const trust = await readTrust(target.server.secure ? target.cluster : {}, around.env)
  const credentials = await openCredentials(target.user, execClusterInfo(target, trust.ca), {
    ...around,
    now: Date.now,
  })
  const packed = !target.cluster.disableCompression && !isLoopback(target.server.host)
  return openClient({
    server: target.server,
    namespace: target.namespace,
    ...(target.context !== undefined && { context: target.context }),
    ...(target.userName !== undefined && { user: target.userName }),
    trust,
    proxy,
    credentials,
    headers: {
      'user-agent': userAgent,
      ...(packed && { 'accept-encoding': 'gzip' }),
      ...impersonationHeaders(target.user),
    },
    // Who gives a time for the whole request has said how long to wait for a silent server.
    limits: total === undefined ? defaultLimits : { ...defaultLimits, idle: undefined },
    total: total === 0 ? undefined : total,
    warn: around.warn,
    signal: around.signal,
  })
}

function withAbsolutePaths(options: ConnectionOptions, cwd: string): ConnectionOptions {
  const { certificateAuthority, clientCertificate, clientKey } = options
  return {
    ...options,
    ...(certificateAuthority && { certificateAuthority: resolve(cwd, certificateAuthority) }),
    ...(clientCertificate && { clientCertificate: resolve(cwd, clientCertificate) }),
    ...(clientKey && { clientKey: resolve(cwd, clientKey) }),
  }
}

async function findTarget(options: ConnectionOptions, around: Surroundings): Promise<Target> {
  const { config, looked } = await readKubeconfigs({ ...around, kubeconfig: options.kubeconfig })
  const target = resolveTarget(config, options, around.env)
  if (target) return target
  const { inClusterTarget, serviceAccountFolder } = await import('./in-cluster.ts')
  const own = await inClusterTarget(options, around.env, serviceAccountFolder)
  if (own) return own
  const contexts = [...config.contexts.keys()].slice(0, 10)
  if (config.contexts.size > 0) {
    throw new SecureError(
      'kubeconfig',
      `no context is chosen: ${looked.join(', ')} has no current-context with a cluster`,
      {
        hint: `Choose one with --context: ${contexts.join(', ')}`,
      },
    )
  }
  throw new SecureError('kubeconfig', `no cluster to talk to: nothing in ${looked.join(', ')}, and this is not a pod`, {
    hint: 'Name a kubeconfig with --kubeconfig or KUBECONFIG, or a server with --server.',
  })
}

// kubectl is silent about both, and the answer is then that of another user than the one asked about.
function warnOfTokenBehind(options: ConnectionOptions, target: Target, warn: (line: string) => void): void {
  if (!options.token || !target.server.secure) return
  const { user } = target
  if (user.tokenFile !== undefined) {
    warn(
      '--token is not used: the tokenFile of the kubeconfig user comes first, as in kubectl (use a --user without one)',
    )
  } else if (user.clientCertificate !== undefined || user.clientCertificateData !== undefined) {
    warn(
      '--token is sent along with a client certificate, and API servers believe the certificate first, as with kubectl',
    )
  }
}

function execClusterInfo(target: Target, ca: string | undefined): ExecClusterInfo {
  const { cluster } = target
  return {
    server: cluster.server ?? target.server.text,
    ...(cluster.tlsServerName !== undefined && { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.insecureSkipTlsVerify && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca, 'latin1').toString('base64') }),
    ...(cluster.proxyUrl !== undefined && { 'proxy-url': cluster.proxyUrl }),
    ...(cluster.disableCompression && { 'disable-compression': true }),
    config: cluster.execExtension ?? null,
  }
}
