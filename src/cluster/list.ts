import { SecureError } from '../errors.ts'
import type { Cluster } from './cluster.ts'
import { acceptFor, openPage, type Page } from './list-page.ts'
import type { Shape } from './protobuf.ts'
import { prefixed } from './wording.ts'

export type ListOptions = {
  /** Objects a page; default 1000. 0 asks for all at once. */
  limit?: number
  /** After each page: objects read so far, and how many the server says are left, when it says so. */
  onPage?: (read: number, remaining: number | undefined) => void
  /** The kind the answer must have, such as `RoleList`; without it, that of any list. */
  kind?: string | undefined
  /** The fields that are read of each object, where that is not all: then it comes as protobuf, if the server has that. */
  shape?: Shape | undefined
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
  const limit = options.limit ?? 1000
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
  let empty = 0
  const fetch = async (token: string): Promise<Page> => {
    const request = { path: pagePath(path, limit, token), headers: acceptFor(options.kind, options.shape) }
    return openPage(request, await cluster.request(request), options.kind, options.shape)
  }
  let page = await named(path, () => fetch(''))
  for (;;) {
    const { token } = page
    // The server works on the next page while we decode this one.
    const next = token === '' ? undefined : named(path, () => fetch(token))
    next?.catch(() => {})
    const before = items.length
    await named(path, async () => {
      for (const item of page.items) items.push(keep(item))
    })
    resourceVersion ??= page.resourceVersion
    options.onPage?.(items.length, page.remaining)
    if (!next) return { items, resourceVersion }
    empty = items.length === before ? empty + 1 : 0
    if (seen.has(token) || empty > maxEmptyPages) {
      throw new SecureError(
        'bad-answer',
        `GET ${path}: the server's pages never end (the same continue token came twice)`,
      )
    }
    seen.add(token)
    page = await next
  }
}

async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof SecureError ? prefixed(`GET ${path}`, error) : error
  }
}

function pagePath(path: string, limit: number, token: string): string {
  const query = [limit > 0 ? `limit=${limit}` : '', token === '' ? '' : `continue=${encodeURIComponent(token)}`]
  const added = query.filter((part) => part !== '').join('&')
  if (added === '') return path
  return `${path}${path.includes('?') ? '&' : '?'}${added}`
}
