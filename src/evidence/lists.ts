import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Facts } from '../bundle/entry.ts'
import type { ApiResource } from '../cluster/discovery.ts'
import { SecureError } from '../errors.ts'
import { listRequestPath, type RawList, rawListPath } from '../snapshot/bundle-layout.ts'
import { fetchArtefact } from './fetch.ts'
import { withoutLastApplied } from './last-applied.ts'
import { type ListFacts, Outline } from './outline.ts'
import type { Run } from './run.ts'

type Raw = Record<string, unknown>
export type Kind = Pick<ApiResource, 'group' | 'version' | 'resource' | 'kind' | 'namespaced'>
export type ListOptions = {
  /** Gets the objects of each page. */
  onItems?: (items: Raw[], run: number) => void
}

const pageSize = 500
const maxEmptyPages = 100
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/**
 * Collects a list as the pages that the server sends. Where a continue token expires (410) the list begins anew, as another run: pages of two
 * states of the cluster are never taken for one. The third run asks for all at once. Throws SecureError.
 */
export async function collectList(
  run: Run,
  kind: Kind,
  namespace: string | undefined,
  options: ListOptions = {},
): Promise<void> {
  const list: RawList = { group: kind.group, version: kind.version, resource: kind.resource, namespace }
  const key = `list ${listRequestPath(list)}`
  const finished = run.done.get(key)
  if (finished !== undefined) return await readAgain(run, rawListPath(list, 1).slice(0, -1), finished, options)
  const before = run.listed.get(key) ?? { runs: 0, pages: 0 }
  run.listed.set(key, before)
  for (let tries = 1; ; tries++) {
    before.runs++
    try {
      const items = await collectPages(run, kind, list, before, { ...options, limit: tries > 2 ? 0 : pageSize })
      await run.finish(key, { run: before.runs, items })
      return
    } catch (error) {
      const isExpired = error instanceof SecureError && error.code === 'gone'
      if (!isExpired || tries === 3) throw error
      await run.evidence.note('list-expired', { key, run: before.runs, why: error.message })
    }
  }
}

async function collectPages(
  run: Run,
  kind: Kind,
  list: RawList,
  state: { runs: number; pages: number },
  { limit, onItems }: ListOptions & { limit: number },
): Promise<number> {
  const isSecret = kind.group === '' && kind.resource === 'secrets'
  const tokens = new Set<string>()
  let [token, items, empty] = ['', 0, 0]
  for (let page = 1; ; page++) {
    const asked = [
      limit > 0 ? `limit=${limit}` : undefined,
      token === '' ? undefined : `continue=${encodeURIComponent(token)}`,
    ].filter((part) => part !== undefined)
    const path = `${listRequestPath(list)}${asked.length > 0 ? `?${asked.join('&')}` : ''}`
    const found: { facts?: ListFacts } = {}
    const { file } = await fetchArtefact(run, {
      path: rawListPath(list, ++state.pages),
      meta: { kind: kind.kind },
      request: { path, headers: { accept: isSecret ? metadataOnly : 'application/json' } },
      through: (chunks) =>
        read(chunks, isSecret, (facts) => {
          if (facts.kind !== (isSecret ? 'PartialObjectMetadataList' : `${kind.kind}List`))
            throw new SecureError('bad-answer', `GET ${path}: the answer is a ${facts.kind.slice(0, 100)}`)
          found.facts = facts
          const { resourceVersion, token: next } = facts
          return { items: facts.items, list: { resourceVersion, run: state.runs, page, last: next === '' } }
        }),
    })
    const facts = found.facts
    if (!facts) throw new TypeError('a page that was written was read')
    if (onItems) onItems(await itemsOf(join(run.evidence.dir, file)), state.runs)
    items += facts.items
    if (facts.token === '') return items
    empty = facts.items === 0 ? empty + 1 : 0
    if (tokens.has(facts.token) || empty > maxEmptyPages)
      throw new SecureError('bad-answer', `GET ${path}: the server's pages never end`)
    tokens.add(facts.token)
    token = facts.token
  }
}

// What is not a whole list ends as a failure, so that its bytes are kept as cut and never taken for a page.
async function* read(
  chunks: AsyncIterable<Buffer>,
  isSecret: boolean,
  judge: (facts: ListFacts) => Facts,
): AsyncGenerator<Buffer, Facts> {
  const outline = new Outline()
  let dropped = 0
  for await (const chunk of isSecret ? withoutLastApplied(chunks, () => dropped++) : chunks) {
    outline.add(chunk)
    yield chunk
  }
  return { ...judge(outline.facts()), ...(dropped > 0 && { droppedLastApplied: dropped }) }
}

async function itemsOf(file: string): Promise<Raw[]> {
  const { items } = JSON.parse(await readFile(file, 'utf8')) as { items?: Raw[] | null }
  return items ?? []
}

/** What a session before this one has listed, from the disk. */
async function readAgain(run: Run, folder: string[], of: number, { onItems }: ListOptions): Promise<void> {
  if (!onItems) return
  for (const { path, file, meta, cut } of run.evidence.kept()) {
    const { run: its } = (meta['list'] ?? {}) as { run?: unknown }
    const isPage =
      cut === undefined && path?.length === folder.length + 1 && folder.every((part, at) => path[at] === part)
    if (isPage && its === of) onItems(await itemsOf(join(run.evidence.dir, file)), of)
  }
}
