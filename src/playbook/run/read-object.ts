import type { Json } from '../../change/plan.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { type ApiResource, discover } from '../../cluster/discovery.ts'
import { objectPath } from '../../cluster/object-path.ts'
import { getObject } from '../../cluster/write.ts'
import { SecureError } from '../../errors.ts'
import type { Args, Outputs } from '../model.ts'

const largest = 64 * 1024

/** One object for guards to look at: its metadata, spec and status. Of a Secret its keys alone. Throws SecureError. */
export async function readObject(cluster: Cluster, { kind, name, namespace }: Args): Promise<Outputs> {
  const asked = [kind, nameIn(name), namespace === undefined ? '' : nameIn(namespace)]
  if (!asked.every((one) => typeof one === 'string'))
    throw new SecureError('usage', 'what is to be read has no kind or no name')
  const [kindName, objectName, space] = asked as [string, string, string]
  const found = await resourceOf(cluster, kindName)
  if (!found) throw new SecureError('not-found', `the cluster serves no ${kindName}`)
  const apiVersion = found.group === '' ? found.version : `${found.group}/${found.version}`
  const path = objectPath({
    apiVersion,
    resource: found.resource,
    name: objectName,
    ...(found.namespaced && { namespace: space || cluster.namespace }),
  })
  const object = await getObject(cluster, path)
  if (!object) return { exists: false }
  const {
    metadata,
    spec = null,
    status = null,
    data,
  } = object as unknown as Record<string, Json> & { metadata: Record<string, Json> }
  const { managedFields: _managed, ...head } = metadata
  const shown: Outputs = { exists: true, kind: kindName, metadata: head, spec, status }
  if (kindName === 'Secret') shown['keys'] = Object.keys((data ?? {}) as object)
  const size = JSON.stringify(shown).length
  if (size > largest)
    throw new SecureError('usage', `${kindName} ${objectName} is too large to be looked at here (${size} bytes)`)
  return shown
}

/** How a kind is served; undefined where it is not. */
export async function resourceOf(cluster: Cluster, kind: string): Promise<ApiResource | undefined> {
  const { resources } = await discover(cluster)
  return resources.find((one) => one.kind === kind)
}

// A pinned object stands for its name.
export function nameIn(value: Json | undefined): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value['name'] : value
}
