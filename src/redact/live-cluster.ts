import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { isForbidden, SecureError } from '../errors.ts'
import { isPrintable } from './canonical.ts'
import { type LiveValue, minValue } from './live-values.ts'

/** Which value is not looked for, and why; never the value. */
export type NotSearched = { namespace: string; name: string; key: string; why: string }

export type LiveSecrets = { values: LiveValue[]; notSearched: NotSearched[]; secrets: number; refused: string[] }

const common = new Set(
  `password changeme changeit username administrator postgres postgresql mongodb rabbitmq localhost production staging development default
  kubernetes kube-system kube-public kube-node-lease cluster.local disabled enabled undefined secret12 password1 password123 12345678
  123456789 1234567890 qwertyui letmein1 rootroot testtest database service-account application/json text/plain`.split(
    /\s+/,
  ),
)

/**
 * All Secrets of a cluster that we may read; their values are for the memory of this process alone. Throws SecureError, where it is not the
 * cluster of the bundle too (`clusterId`).
 */
export async function liveSecrets(cluster: Cluster, clusterId: unknown): Promise<LiveSecrets> {
  const path = '/api/v1/namespaces/kube-system'
  const now = (await cluster.json<{ metadata?: { uid?: string } }>({ path })).metadata?.uid
  if (now === undefined || now !== clusterId)
    throw new SecureError(
      'usage',
      `--live-secrets: the bundle is not of this cluster (${String(clusterId)}, and this is ${String(now)})`,
      {
        hint: 'Choose the cluster that the evidence is of: --context.',
      },
    )
  const found: LiveSecrets = { values: [], notSearched: [], secrets: 0, refused: [] }
  const names = new Set<string>()
  const read = (where: string) =>
    list(cluster, where, (item) => take(item, found, names), { limit: 100 }).then(() => true)
  try {
    await read('/api/v1/secrets')
  } catch (error) {
    if (!isForbidden(error)) throw error
    found.refused.push('secrets of all namespaces')
    await eachNamespace(cluster, found, read)
  }
  const isName = ({ value }: LiveValue) => names.has(value)
  for (const { namespace, name, key } of found.values.filter(isName))
    found.notSearched.push({ namespace, name, key, why: 'it is the name of an object' })
  found.values = found.values.filter((one) => !isName(one))
  return found
}

async function eachNamespace(
  cluster: Cluster,
  found: LiveSecrets,
  read: (path: string) => Promise<unknown>,
): Promise<void> {
  const spaces = await list(cluster, '/api/v1/namespaces', (item) => nameOf(item)).catch((error: unknown) => {
    if (!isForbidden(error)) throw error
    return { items: [cluster.namespace] }
  })
  for (const space of spaces.items) {
    try {
      await read(`/api/v1/namespaces/${encodeURIComponent(space)}/secrets`)
    } catch (error) {
      if (!isForbidden(error)) throw error
      found.refused.push(`secrets of ${space}`)
    }
  }
}

const nameOf = (item: Record<string, unknown>) => (item['metadata'] as { name?: string } | undefined)?.name ?? ''

function take(item: Record<string, unknown>, found: LiveSecrets, names: Set<string>): void {
  const { name = '', namespace = '' } = (item['metadata'] ?? {}) as { name?: string; namespace?: string }
  found.secrets++
  names.add(name).add(namespace)
  for (const [key, encoded] of Object.entries((item['data'] ?? {}) as Record<string, unknown>)) {
    if (typeof encoded !== 'string') continue
    const value = Buffer.from(encoded, 'base64').toString('latin1')
    const why = whyNot(value)
    if (why === undefined) found.values.push({ namespace, name, key, value })
    else found.notSearched.push({ namespace, name, key, why })
  }
}

/** Why a value would be found where it is not meant. */
function whyNot(value: string): string | undefined {
  const text = value.trim()
  if (text.length < minValue) return `it is shorter than ${minValue} bytes`
  if (common.has(text.toLowerCase()) || new Set(text).size < 5) return 'it is too common'
  const isCertificate = /^(?:-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\s*)+$/.test(text)
  if (isCertificate && isPrintable(text)) return 'it is a certificate, which is public'
  return undefined
}
