import { SecureError } from '../errors.ts'
import type { Request } from './cluster.ts'
import { describe } from './wording.ts'

/** One object as the API server sent it: nothing renamed, nothing left out. */
export type ApiObject = {
  apiVersion: string
  kind: string
  /** `resourceVersion` is empty in the answer to a dry-run create: nothing was stored. */
  metadata: { name: string; namespace?: string; uid: string; resourceVersion: string; [key: string]: unknown }
  [key: string]: unknown
}

/** An answer as an object that can be told from every other. Throws SecureError `bad-answer`. */
export function objectOf(request: Request, answer: unknown): ApiObject {
  const { apiVersion, kind, metadata } = (answer ?? {}) as Partial<ApiObject>
  const { name, uid, resourceVersion = '' } = metadata ?? ({} as Partial<ApiObject['metadata']>)
  if (![apiVersion, kind, name, uid].every(isText) || typeof resourceVersion !== 'string') {
    throw new SecureError('bad-answer', `${describe(request)}: the answer is not an object with a name and a uid`)
  }
  const object = answer as ApiObject
  return resourceVersion === '' ? { ...object, metadata: { ...object.metadata, resourceVersion } } : object
}

/**
 * Whether an error says that the object under `path` is not there: the 404 of the API that names it, not one for an unknown
 * type, for a missing namespace to create in, or of a proxy.
 */
export function isObjectMissing(error: unknown, path: string): boolean {
  if (!(error instanceof SecureError) || error.code !== 'not-found') return false
  const [name = ''] = path.split('/').reverse()
  return error.status?.reason === 'NotFound' && error.status.name === decodeURIComponent(name)
}

/**
 * What the answer to a DELETE says of the object. A Status means that it is no more; the object itself, that it is terminating or
 * already gone: Services come back so, and pods without a grace period. Seen on 1.34.
 */
export function deletionOf(answer: unknown): 'deleted' | 'terminating' | 'unknown' {
  const { kind, metadata } = (answer ?? {}) as Partial<ApiObject>
  if (kind === 'Status') return 'deleted'
  const waits = metadata?.['deletionGracePeriodSeconds'] !== 0 || Array.isArray(metadata['finalizers'])
  return metadata?.['deletionTimestamp'] !== undefined && waits ? 'terminating' : 'unknown'
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
