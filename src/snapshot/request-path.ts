import type { RawList } from './bundle-layout.ts'

/** The list that a request path is for; undefined where it is for something else. */
export function listAt(path: string): RawList | undefined {
  const found = typeAt(path)
  if (!found) return undefined
  const { rest, ...type } = found
  const [first = '', second, third] = rest
  if (second === undefined) return { ...type, resource: first }
  if (first !== 'namespaces' || third === undefined || rest.length > 3) return undefined
  return { ...type, resource: third, namespace: second }
}

/** The object that a request path is for, and the list that it would be in. */
export function objectAt(path: string): { list: RawList; name: string } | undefined {
  const cut = path.lastIndexOf('/')
  const list = listAt(path.slice(0, cut))
  const name = decoded(path.slice(cut + 1))
  return list && name !== undefined ? { list, name } : undefined
}

function typeAt(path: string): { group: string; version: string; rest: string[] } | undefined {
  const [empty, root, ...parts] = path.split('/').map(decoded)
  if (empty !== '' || parts.includes(undefined)) return undefined
  const [group, version, ...rest] = root === 'api' ? ['', ...parts] : root === 'apis' ? parts : []
  if (group === undefined || version === undefined || rest.length === 0) return undefined
  return { group, version, rest: rest.map((part) => part ?? '') }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
