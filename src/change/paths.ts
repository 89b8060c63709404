import type { ObjectRef } from './plan.ts'

/** Where objects of this kind are made: the path of a POST. */
export function collectionPath({ apiVersion, resource, namespace }: ObjectRef): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return `${base}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`
}

/** Where one object is. Names may be hostile: they are encoded, and `.` or `..` would be another path. */
export function objectPath(ref: ObjectRef, subresource?: string): string {
  if (/^\.{0,2}$/.test(ref.name)) throw new TypeError(`"${ref.name}" is no name of an object`)
  const path = `${collectionPath(ref)}/${encodeURIComponent(ref.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

/** An object as people read it: `networkpolicies.networking.k8s.io kubectl-secure-… in shop`. */
export function describeRef({ apiVersion, resource, namespace, name }: ObjectRef): string {
  const group = groupOf(apiVersion)
  const type = group === '' ? resource : `${resource}.${group}`
  return `${type} ${name}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
}
