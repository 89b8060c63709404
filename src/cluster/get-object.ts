import { isObjectMissing, objectOf } from './api-object.ts'
import type { ApiObject } from './api-object.ts'
import type { Cluster } from './cluster.ts'

/** The object under `path`, or undefined when the server says that this very object is not there. Throws SecureError. */
export async function getObject(cluster: Cluster, path: string, signal?: AbortSignal): Promise<ApiObject | undefined> {
  const request = { path, signal }
  try {
    return objectOf(request, await cluster.json(request))
  } catch (error) {
    if (isObjectMissing(error, path)) return undefined
    throw error
  }
}
