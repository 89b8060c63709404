import { SecureError } from '../errors.ts'
import type { Cluster } from './cluster.ts'

export type ListOptions = {
  /** Objects a page; default 500, as kubectl. 0 asks for all at once. */
  limit?: number
  /** After each page: objects read so far, and how many the server says are left, when it says so. */
  onPage?: (read: number, remaining: number | undefined) => void
  /** The kind the answer must have, such as `RoleList`; without it, that of any list. */
  kind?: string | undefined
}

type Page = {
  kind?: unknown
  items?: unknown
  metadata?: { continue?: string; resourceVersion?: string; remainingItemCount?: number }
}

// A page may come empty while there are more, but not for ever.
const maxEmptyPages = 100

/**
 * Lists everything under `path` (a query may be in it), in pages: each object goes through `keep`, and only what that returns
 * is held. When a continue token expires (410) the list starts again from nothing, without pages, so that two states of the
 * cluster are never mixed; `keep` then sees the objects again. Throws SecureError, `gone` when that expires too.
 * Rule: ListPager in client-go's tools/pager/pager.go.
 */
export async function list<T>(
  cluster: Cluster,
  path: string,
  keep: (item: Record<string, unknown>) => T,
  options: ListOptions = {},
): Promise<{ items: T[]; resourceVersion: string }> {
  const limit = options.limit ?? 500
  if (limit === 0) return readPages(cluster, path, 0, keep, options)
  try {
    return await readPages(cluster, path, limit, keep, options)
  } catch (error) {
    if (!(error instanceof SecureError) || error.code !== 'gone') throw error
    return readPages(cluster, path, 0, keep, options)
  }
}

async function readPages<T>(
  cluster: Cluster,
  path: string,
  limit: number,
  keep: (item: Record<string, unknown>) => T,
  options: ListOptions,
): Promise<{ items: T[]; resourceVersion: string }> {
  const items: T[] = []
  const seen = new Set<string>()
  let resourceVersion: string | undefined
  let token = ''
  let empty = 0
  for (;;) {
    const page = checked(path, await cluster.json<Page>({ path: pagePath(path, limit, token) }), options.kind)
    for (const item of page.items) items.push(keep(item))
    resourceVersion ??= page.resourceVersion
    options.onPage?.(items.length, page.remaining)
    token = page.token
    if (token === '') return { items, resourceVersion }
    empty = page.items.length === 0 ? empty + 1 : 0
    if (seen.has(token) || empty > maxEmptyPages) {
      throw new SecureError(
        'bad-answer',
        `GET ${path}: the server's pages never end (the same continue token came twice)`,
      )
    }
    seen.add(token)
  }
}

function pagePath(path: string, limit: number, token: string): string {
  const query = [limit > 0 ? `limit=${limit}` : '', token === '' ? '' : `continue=${encodeURIComponent(token)}`]
  const added = query.filter((part) => part !== '').join('&')
  if (added === '') return path
  return `${path}${path.includes('?') ? '&' : '?'}${added}`
}

function checked(path: string, page: Page | null, wanted: string | undefined) {
  const kind = page?.kind
  if (page === null || typeof kind !== 'string' || !kind.endsWith('List')) {
    throw new SecureError('bad-answer', `GET ${path}: the answer is not a list`)
  }
  if (wanted !== undefined && kind !== wanted) {
    throw new SecureError('bad-answer', `GET ${path}: the answer is not a ${wanted}, but a ${kind.slice(0, 100)}`)
  }
  const items = page.items === null ? [] : page.items
  if (!Array.isArray(items) || items.some((item) => item === null || typeof item !== 'object')) {
    throw new SecureError('bad-answer', `GET ${path}: the answer has no list of objects`)
  }
  const { continue: token, resourceVersion, remainingItemCount } = page.metadata ?? {}
  return {
    items: items as Record<string, unknown>[],
    token: typeof token === 'string' ? token : '',
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    remaining: typeof remainingItemCount === 'number' ? remainingItemCount : undefined,
  }
}
