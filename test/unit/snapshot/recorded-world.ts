import { join } from 'node:path'
import { type Case, createCase } from '../../../src/bundle/case.ts'
import { seal } from '../../../src/bundle/seal.ts'
import type { Answer, Cluster, Request } from '../../../src/cluster/cluster.ts'
import { parse } from '../../../src/cluster/encode.ts'
import { SecureError } from '../../../src/errors.ts'
import {
  listRequestPath,
  type RawList,
  rawListPath,
  rawObjectPath,
  serverPath,
} from '../../../src/snapshot/bundle-layout.ts'
import { freshDirectory, head } from '../bundle/cases.ts'

export type Raw = { metadata: { name: string; namespace?: string } } & Record<string, unknown>
export type RecordedList = { list: RawList; kind: string; items: Raw[] }
export type World = {
  lists: RecordedList[]
  /** Requests, by their paths, that are refused. */
  refused: ReadonlySet<string>
  pageSize: number
}

const base = '/apis/authorization.k8s.io/v1'
const reviews: Record<string, unknown> = {
  [`${base}/selfsubjectrulesreviews`]: { kind: 'SelfSubjectRulesReview', status: { evaluationError: '' } },
  [`${base}/subjectaccessreviews`]: { kind: 'SubjectAccessReview', status: { allowed: false } },
}

/** What an API server would answer to the requests of questions, in the words that it would use. */
export function answerOf(world: World, method: string, asked: string): unknown {
  const [path = '', query = ''] = asked.split('?', 2)
  if (world.refused.has(path)) throw new SecureError('forbidden', `${method} ${path}: 403 Forbidden: no`)
  if (reviews[path]) return reviews[path]
  if (path === '/api' || path === '/apis') return discoveryOf(world, path)
  const { lists } = world
  const exact = lists.find(({ list }) => listRequestPath(list) === path)
  if (exact) return pageOf(exact, exact.items, query, world.pageSize)
  for (const one of lists) {
    const found = new RegExp(`^${listRequestPath({ ...one.list, namespace: '_' }).replace('_', '([^/]+)')}$`).exec(path)
    if (found) {
      const inside = one.items.filter(({ metadata }) => metadata.namespace === found[1])
      return pageOf(one, inside, query, world.pageSize)
    }
    const object = one.items.find(({ metadata: { namespace, name } }) => {
      return `${listRequestPath({ ...one.list, namespace })}/${encodeURIComponent(name)}` === path
    })
    if (object) return object
  }
  throw new SecureError('not-found', `${method} ${path}: 404 Not Found`)
}

function pageOf({ kind }: RecordedList, items: Raw[], query: string, size: number) {
  const from = Number(/continue=(\d+)/.exec(query)?.[1] ?? 0)
  const token = from + size < items.length ? String(from + size) : ''
  const page = items.slice(from, from + size)
  return { kind: `${kind}List`, metadata: { resourceVersion: '7', continue: token }, items: page }
}

function discoveryOf({ lists }: World, path: string) {
  const groups = new Set(lists.map(({ list }) => list.group).filter((group) => (group === '') === (path === '/api')))
  const items = [...groups].map((group) => ({
    metadata: { name: group },
    versions: [
      {
        version: 'v1',
        resources: lists
          .filter(({ list }) => list.group === group)
          .map(({ list: { resource }, kind, items: [first] }) => ({
            resource,
            responseKind: { kind },
            scope: first?.metadata.namespace === undefined ? 'Cluster' : 'Namespaced',
            verbs: ['get', 'list'],
          })),
      },
    ],
  }))
  return { kind: 'APIGroupDiscoveryList', items }
}

/** The world as a cluster that lives. */
export function clusterOf(world: World): Cluster {
  const request = (asked: Request): Promise<Answer> =>
    Promise.resolve().then(() => {
      const body = Buffer.from(JSON.stringify(answerOf(world, asked.method ?? 'GET', asked.path)))
      return { status: 200, headers: { 'content-type': 'application/json' }, body }
    })
  const never = () => Promise.reject(new TypeError('not asked for'))
  return {
    server: 'https://world',
    namespace: 'default',
    request,
    json: async <T>(asked: Request) => parse(asked, await request(asked)) as T,
    stream: never,
    webSocket: never,
    close: () => {},
  }
}

/** Writes what the world answers, as the collector does: whole lists; where those are refused, lists of namespaces and roles by their names. */
export async function record(made: Case, world: World): Promise<void> {
  const keep = async (method: string, path: string, file: string[]) => {
    try {
      const body = JSON.stringify(answerOf(world, method, path))
      await made.artefact(file, { ...(method === 'GET' ? {} : { method }), path }, Buffer.from(body))
    } catch (error) {
      await gapOf(made, method, path, error)
    }
  }
  for (const path of ['/api', '/apis']) await keep('GET', path, serverPath(path))
  for (const path of Object.keys(reviews)) await keep('POST', path, serverPath(path))
  const namespaces = world.lists.find(({ list }) => list.resource === 'namespaces')
  for (const one of world.lists) {
    if (await recordList(made, world, one.list)) continue
    const isNamespaced = one.items.some(({ metadata }) => metadata.namespace !== undefined)
    for (const { metadata } of (isNamespaced && namespaces?.items) || [])
      await recordList(made, world, { ...one.list, namespace: metadata.name })
    if (one.list.resource !== 'clusterroles') continue
    for (const name of roleNames(world))
      await keep('GET', `${listRequestPath(one.list)}/${encodeURIComponent(name)}`, rawObjectPath(one.list, name))
  }
}

function roleNames({ lists }: World): Set<string> {
  const bindings = lists.filter(({ kind }) => kind.endsWith('RoleBinding')).flatMap(({ items }) => items)
  return new Set(bindings.map((raw) => (raw['roleRef'] as { name: string }).name))
}

/** One try of a list; `pages` at most. Returns false where it was refused. */
export async function recordList(
  made: Case,
  world: World,
  list: RawList,
  { run = 1, before = 0, pages = Infinity }: { run?: number; before?: number; pages?: number } = {},
): Promise<boolean> {
  const path = listRequestPath(list)
  let token = ''
  for (let page = 1; page <= pages; page++) {
    try {
      const asked = `${path}?limit=${world.pageSize}${token === '' ? '' : `&continue=${token}`}`
      const answer = answerOf(world, 'GET', asked) as ReturnType<typeof pageOf>
      token = answer.metadata.continue
      const meta = { path: asked, list: { resourceVersion: '7', run, page, last: token === '' } }
      await made.artefact(rawListPath(list, before + page), meta, Buffer.from(JSON.stringify(answer)))
      if (token === '') return true
    } catch (error) {
      await gapOf(made, 'GET', path, error)
      return false
    }
  }
  return true
}

async function gapOf(made: Case, method: string, path: string, error: unknown): Promise<void> {
  if (!(error instanceof SecureError)) throw error
  const { message, code } = error
  await made.gap({
    what: `${method} ${path}`,
    why: message,
    hides: 'it',
    ...(method === 'GET' ? {} : { method }),
    path,
    code,
  })
}

/** A sealed bundle of what `write` puts into a case. */
export async function bundleWith(write: (made: Case) => Promise<void>): Promise<{ file: string; directory: string }> {
  const directory = join(freshDirectory(), 'case')
  const made = await createCase(directory, head)
  await write(made)
  await made.close()
  const { file } = await seal(directory, `${directory}.tar.gz`)
  return { file, directory }
}
