import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionOptions } from './connect.ts'
import { parseServer } from './server-url.ts'
import type { Target } from './target.ts'

export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The target of a pod that talks to its own cluster, or undefined outside of one. --server, --token and
 * --certificate-authority still count. Rule: inClusterClientConfig in client-go, and rest.InClusterConfig.
 */
export async function inClusterTarget(
  options: ConnectionOptions,
  env: Record<string, string | undefined>,
  folder: string,
): Promise<Target | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  const tokenFile = join(folder, 'token')
  if (!host || !port || !(await exists(tokenFile))) return undefined
  const ca = options.certificateAuthority || join(folder, 'ca.crt')
  const trusted = options.certificateAuthority || (await exists(ca))
  const { as, asUid, asGroups } = options
  return {
    server: parseServer(options.server || `https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace: options.namespace || env['POD_NAMESPACE'] || (await namespaceOf(folder)),
    cluster: { ...(trusted && { certificateAuthority: ca }) },
    user: {
      ...(options.token ? { token: options.token } : { tokenFile }),
      ...(as && { as }),
      ...(asUid && { asUid }),
      ...(asGroups?.length && { asGroups }),
    },
  }
}

async function namespaceOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'namespace'), 'utf8').catch(() => '')
  return text.trim() || 'default'
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
