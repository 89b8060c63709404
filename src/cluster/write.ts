import { objectOf } from './api-object.ts'
import type { ApiObject } from './api-object.ts'
import type { Cluster, Request } from './cluster.ts'
import { settled, withQuery } from './write-request.ts'
import type { WriteOptions } from './write-request.ts'

export type { ApiObject } from './api-object.ts'
export { getObject } from './get-object.ts'
export { deleteObject, evictPod } from './delete.ts'
export type { DeleteConditions } from './delete.ts'
export type { WriteOptions } from './write-request.ts'

/** RFC 6902. Make paths with {@link jsonPointer}. */
export type JsonPatchOp = { op: 'test' | 'add' | 'replace' | 'remove'; path: string; value?: unknown }

/**
 * Creates an object in a collection; returns what the server stored, or would store in a dry run. Throws SecureError:
 * `already-exists`, `invalid` (an unknown field too), `forbidden` (see `refusedBy`), and any other; see `unsettled`.
 */
export async function createObject(
  cluster: Cluster,
  collectionPath: string,
  body: object,
  options: WriteOptions = {},
): Promise<ApiObject> {
  const { onWarning } = options
  return write(cluster, { method: 'POST', path: withQuery(collectionPath, options), body, onWarning })
}

/**
 * Patches an object, or a subresource that is patched as one: `…/ephemeralcontainers` (answers the Pod), `…/scale` (answers the Scale).
 * Throws SecureError: `conflict` when a `test` fails, a path is not there or the object changed meanwhile; `not-found`; `invalid`.
 */
export async function patchObject(
  cluster: Cluster,
  path: string,
  ops: JsonPatchOp[],
  options: WriteOptions = {},
): Promise<ApiObject> {
  // Seen on 1.34: a test without a value makes the API server panic, and cuts the connection.
  const bare = ops.find(({ op, value }) => op !== 'remove' && value === undefined)
  if (bare) throw new TypeError(`patchObject: the ${bare.op} of ${bare.path} has no value`)
  const headers = { 'content-type': 'application/json-patch+json' }
  const { onWarning } = options
  return write(cluster, { method: 'PATCH', path: withQuery(path, options), body: ops, headers, onWarning })
}

/** A JSON Pointer (RFC 6901): `/metadata/labels/app.kubernetes.io~1name`. */
export function jsonPointer(path: (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

async function write(cluster: Cluster, request: Request): Promise<ApiObject> {
  return settled(cluster.json(request).then((answer) => objectOf(request, answer)))
}
