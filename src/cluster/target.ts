import { SecureError } from '../errors.ts'
import type { ConnectionOptions } from './connect.ts'
import type { Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from './kubeconfig.ts'
import { parseServer } from './server-url.ts'
import type { ServerUrl } from './server-url.ts'
import { problems } from './target-problems.ts'

/** What the kubeconfig and the flags say together, before any certificate or token file is read. */
export type Target = {
  server: ServerUrl
  namespace: string
  context?: string
  clusterName?: string
  userName?: string
  cluster: KubeconfigCluster
  /** Without credentials for a plain http server: client-go never sends them there. */
  user: KubeconfigUser
}

/**
 * Applies the flags to a merged kubeconfig, as client-go's DirectClientConfig does. Undefined when neither names a server,
 * which is when kubectl tries the in-cluster configuration. Throws SecureError `kubeconfig` or `usage`.
 * Rule: getContext, getAuthInfo, getCluster and ConfirmUsable in client-go's tools/clientcmd/client_config.go.
 */
export function resolveTarget(
  config: Kubeconfig,
  options: ConnectionOptions,
  env: Record<string, string | undefined>,
): Target | undefined {
  const contextName = given(options.context) ?? config.currentContext
  const context = pickContext(config, options, contextName)
  const cluster = pickCluster(config, options, context.cluster, contextName)
  const user = pickUser(config, options, context.user, contextName)
  // KUBERNETES_MASTER is the default of kubectl's own, below everything else.
  const server = cluster.server ?? given(env['KUBERNETES_MASTER'])
  if (server === undefined) {
    if (context.cluster === undefined) return undefined
    throw new SecureError('kubeconfig', `no server found for cluster ${JSON.stringify(context.cluster)}`)
  }
  const [problem, ...others] = problems(context.cluster ?? '', cluster, context.user ?? '', user)
  if (problem !== undefined) {
    throw new SecureError('kubeconfig', `invalid configuration: ${[problem, ...others].join('; ')}`)
  }
  const url = parseServer(server)
  return {
    server: url,
    namespace: context.namespace ?? 'default',
    ...(contextName !== undefined && { context: contextName }),
    ...(context.cluster !== undefined && { clusterName: context.cluster }),
    ...(context.user !== undefined && { userName: context.user }),
    cluster,
    user: url.secure ? user : withoutCredentials(user),
  }
}

function pickContext(config: Kubeconfig, options: ConnectionOptions, name: string | undefined): KubeconfigContext {
  const found = name === undefined ? {} : config.contexts.get(name)
  if (found === undefined) {
    const hint = hintNames('contexts', config.contexts)
    if (given(options.context) !== undefined) {
      throw new SecureError('kubeconfig', `context ${JSON.stringify(name)} does not exist`, hint)
    }
    throw new SecureError('kubeconfig', `the current context ${JSON.stringify(name)} does not exist`, hint)
  }
  return override(found, {
    cluster: given(options.cluster),
    user: given(options.user),
    namespace: given(options.namespace),
  })
}

function pickCluster(
  config: Kubeconfig,
  options: ConnectionOptions,
  name: string | undefined,
  context: string | undefined,
): KubeconfigCluster {
  const found = name === undefined ? {} : config.clusters.get(name)
  if (found === undefined && (given(options.cluster) !== undefined || given(options.server) === undefined)) {
    throw missing('cluster', name, given(options.cluster), context, hintNames('clusters', config.clusters))
  }
  const merged = override<KubeconfigCluster>(found ?? {}, {
    server: given(options.server),
    tlsServerName: given(options.tlsServerName),
    insecureSkipTlsVerify: options.insecureSkipTlsVerify || undefined,
    certificateAuthority: given(options.certificateAuthority),
  })
  // A flag on either side of "whom to trust" replaces both sides, else a kubeconfig with a CA could not be used insecurely.
  if (options.insecureSkipTlsVerify === true || given(options.certificateAuthority) !== undefined) {
    delete merged.certificateAuthorityData
    if (given(options.certificateAuthority) === undefined) delete merged.certificateAuthority
    if (options.insecureSkipTlsVerify !== true) delete merged.insecureSkipTlsVerify
  }
  // --server names another machine, so the name that the kubeconfig expects there does not hold.
  if (given(options.server) !== undefined && given(options.tlsServerName) === undefined) delete merged.tlsServerName
  return merged
}

function pickUser(
  config: Kubeconfig,
  options: ConnectionOptions,
  name: string | undefined,
  context: string | undefined,
): KubeconfigUser {
  const found = name === undefined ? {} : config.users.get(name)
  if (found === undefined) {
    throw missing('user', name, given(options.user), context, hintNames('users', config.users))
  }
  return override<KubeconfigUser>(found, {
    clientCertificate: given(options.clientCertificate),
    clientKey: given(options.clientKey),
    token: given(options.token),
    as: given(options.as),
    asUid: given(options.asUid),
    asGroups: options.asGroups?.length ? options.asGroups : undefined,
  })
}

// Impersonation is no credential, so it stays.
function withoutCredentials(user: KubeconfigUser): KubeconfigUser {
  const { as, asUid, asGroups, asUserExtra } = user
  return override<KubeconfigUser>({}, { as, asUid, asGroups, asUserExtra })
}

/** An empty flag is no flag: a Go string cannot tell them apart. */
function given(flag: string | undefined): string | undefined {
  return flag === '' ? undefined : flag
}

function override<T extends object>(base: T, values: { [K in keyof T]?: T[K] | undefined }): T {
  return { ...base, ...Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) }
}

function missing(
  kind: string,
  name: string | undefined,
  flag: string | undefined,
  context: string | undefined,
  hint: { hint?: string },
): SecureError {
  const where = flag === undefined ? ` (named by context ${JSON.stringify(context ?? '')})` : ''
  return new SecureError('kubeconfig', `${kind} ${JSON.stringify(name)} does not exist${where}`, hint)
}

function hintNames(kind: string, entries: Map<string, unknown>): { hint?: string } {
  const names = [...entries.keys()].slice(0, 10)
  if (names.length === 0) return { hint: `The kubeconfig has no ${kind}.` }
  return { hint: `The ${kind} of the kubeconfig: ${names.join(', ')}${entries.size > names.length ? ', …' : ''}` }
}
