import { SecureError } from '../errors.ts'
import { field, fields } from './kubeconfig-fields.ts'
import type { ExecConfig, Kubeconfig, KubeconfigCluster, KubeconfigContext, KubeconfigUser } from './kubeconfig.ts'
import type { Fields } from './kubeconfig-fields.ts'

const execExtension = 'client.authentication.k8s.io/exec'

/**
 * A kubeconfig from its parsed JSON or YAML. Unknown fields are ignored and wrong types refused, as client-go does.
 * Throws SecureError `kubeconfig` that names the file and the field.
 */
export function toKubeconfig(data: unknown, file: string): Kubeconfig {
  const root = fields(data, file, '')
  const version = field.text(root, 'apiVersion')
  const kind = field.text(root, 'kind')
  if ((version !== undefined && version !== 'v1') || (kind !== undefined && kind !== 'Config')) {
    throw new SecureError('kubeconfig', `${file} is not a kubeconfig: it is a ${version ?? 'v1'} ${kind ?? 'Config'}`)
  }
  const currentContext = field.text(root, 'current-context')
  return {
    ...(currentContext !== undefined && { currentContext }),
    clusters: named(root, 'clusters', 'cluster', toCluster),
    users: named(root, 'users', 'user', toUser),
    contexts: named(root, 'contexts', 'context', toContext),
  }
}

function named<T>(root: Fields, list: string, key: string, read: (entry: Fields) => T): Map<string, T> {
  const entries = new Map<string, T>()
  for (const item of field.objects(root, list)) {
    const name = field.text(item, 'name') ?? ''
    if (entries.has(name)) {
      throw new SecureError('kubeconfig', `${root.file}: ${list} names ${JSON.stringify(name)} twice`)
    }
    entries.set(name, read(field.object(item, key)))
  }
  return entries
}

function toCluster(entry: Fields): KubeconfigCluster {
  const extension = field.objects(entry, 'extensions').find((item) => field.text(item, 'name') === execExtension)
  return known({
    server: field.text(entry, 'server'),
    tlsServerName: field.text(entry, 'tls-server-name'),
    insecureSkipTlsVerify: field.flag(entry, 'insecure-skip-tls-verify'),
    certificateAuthority: field.text(entry, 'certificate-authority'),
    certificateAuthorityData: field.base64(entry, 'certificate-authority-data'),
    proxyUrl: field.text(entry, 'proxy-url'),
    disableCompression: field.flag(entry, 'disable-compression'),
    execExtension: extension?.data['extension'],
  })
}

function toUser(entry: Fields): KubeconfigUser {
  const provider = field.optional(entry, 'auth-provider')
  const exec = field.optional(entry, 'exec')
  return known({
    clientCertificate: field.text(entry, 'client-certificate'),
    clientCertificateData: field.base64(entry, 'client-certificate-data'),
    clientKey: field.text(entry, 'client-key'),
    clientKeyData: field.base64(entry, 'client-key-data'),
    token: field.text(entry, 'token'),
    tokenFile: field.text(entry, 'tokenFile'),
    as: field.text(entry, 'as'),
    asUid: field.text(entry, 'as-uid'),
    asGroups: field.texts(entry, 'as-groups'),
    asUserExtra: field.textLists(entry, 'as-user-extra'),
    username: field.text(entry, 'username'),
    password: field.text(entry, 'password'),
    authProvider: provider && { name: field.text(provider, 'name') ?? '', config: field.textMap(provider, 'config') },
    exec: exec && toExec(exec),
  })
}

function toExec(entry: Fields): ExecConfig {
  const apiVersion = field.text(entry, 'apiVersion')
  const optionalMode = /^client\.authentication\.k8s\.io\/v1(alpha|beta)1$/.test(apiVersion ?? '')
  return known({
    command: field.text(entry, 'command'),
    args: field.texts(entry, 'args') ?? [],
    env: field.objects(entry, 'env').map((item) => ({
      name: field.text(item, 'name') ?? '',
      value: field.text(item, 'value') ?? '',
    })),
    apiVersion,
    installHint: field.text(entry, 'installHint'),
    provideClusterInfo: field.flag(entry, 'provideClusterInfo') ?? false,
    // SetDefaults_ExecConfig: before v1 the mode could be left out.
    interactiveMode: field.text(entry, 'interactiveMode') ?? (optionalMode ? 'IfAvailable' : undefined),
  })
}

function toContext(entry: Fields): KubeconfigContext {
  return known({
    cluster: field.text(entry, 'cluster'),
    user: field.text(entry, 'user'),
    namespace: field.text(entry, 'namespace'),
  })
}

type Known<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function known<T extends object>(entry: T): Known<T> {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined)) as Known<T>
}
