import { SecureError } from '../errors.ts'

/**
 * The path of a pod, for its subresources too. Names are escaped, so that none of them reaches beyond its place in the path. Throws
 * SecureError `usage` for what no escaping keeps there: servers resolve dots.
 */
export function podPath(namespace: string, pod: string): string {
  return `/api/v1/namespaces/${segment(namespace)}/pods/${segment(pod)}`
}

function segment(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new SecureError('usage', `${JSON.stringify(name)} is not a name`)
  return encodeURIComponent(name)
}
