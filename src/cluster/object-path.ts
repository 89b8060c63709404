import { SecureError } from '../errors.ts'

/** Where objects of one type are. `resource` is the plural, as in paths. */
export type ObjectPlace = { apiVersion: string; resource: string; namespace?: string | undefined }

/**
 * The path of a collection: where objects are listed, and made by POST. Names are escaped, so that none reaches beyond its place in
 * the path. Throws SecureError `usage` for what no escaping keeps there: servers resolve dots.
 */
export function collectionPath({ apiVersion, resource, namespace }: ObjectPlace): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${base}${namespace === undefined ? '' : `/namespaces/${segment(namespace)}`}/${resource}`
}

/** The path of one object, or of a subresource of it. Throws as {@link collectionPath}. */
export function objectPath(place: ObjectPlace & { name: string }, subresource?: string): string {
  const path = `${collectionPath(place)}/${segment(place.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** The path of a pod, for its subresources too. */
export function podPath(namespace: string, name: string): string {
  return objectPath({ apiVersion: 'v1', resource: 'pods', namespace, name })
}

/** The API group of an apiVersion; '' is the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

function segment(name: string): string {
  if (/^\.{0,2}$/.test(name) || !name.isWellFormed())
    throw new SecureError('usage', `${JSON.stringify(name)} is not a name`)
  return encodeURIComponent(name)
}
