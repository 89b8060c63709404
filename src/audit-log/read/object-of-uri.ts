import type { EventObject } from '../event.ts'

/**
 * The object that a request's URI names, for events that were cut before their objectRef or in it; undefined for other
 * URLs. Source: endpoints/request/requestinfo.go.
 */
export function objectOfUri(uri: string): EventObject | undefined {
  const [path = ''] = uri.split('?')
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode)
  const grouped = parts[0] === 'apis'
  if (!grouped && parts[0] !== 'api') return undefined
  const group = grouped ? (parts[1] ?? '') : ''
  const [version, ...rest] = parts.slice(grouped ? 2 : 1)
  if (version === undefined || rest.length === 0) return undefined
  if (rest[0] === 'watch' || rest[0] === 'proxy') rest.shift()
  const named = rest[0] === 'namespaces' && rest.length > 1
  const inside = named && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')
  const [resource = '', name = '', subresource = ''] = inside ? rest.slice(2) : rest
  return { group, version, resource, subresource, namespace: named ? (rest[1] ?? '') : '', name }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
