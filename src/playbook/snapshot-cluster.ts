import type { Answer, Cluster, Request } from '../cluster/cluster.ts'
import type { ApiResource } from '../cluster/discovery.ts'
import { parse } from '../cluster/encode.ts'
import { metadataList } from '../cluster/list-page.ts'
import { SecureError } from '../errors.ts'
import { kinds as ownKinds } from '../isolation/get.ts'
import { groupOf } from '../cluster/object-path.ts'
import { metaOf, type Raw, textAt } from '../isolation/raw.ts'
import type { Origin } from '../snapshot/origin.ts'
import { questionKinds, standardKinds } from '../snapshot/question-kinds.ts'
import type { Reader } from '../snapshot/reader.ts'
import { isRefused } from '../snapshot/reader.ts'
import { listAt, objectAt } from '../snapshot/request-path.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { Unrecorded } from '../snapshot/unrecorded.ts'
import { discoveryOf } from './snapshot-discovery.ts'
import { selectedBy } from './snapshot-selectors.ts'

/** What lists and objects are read from. */
type Store = Pick<Reader, 'list' | 'get'>

/**
 * A snapshot as a cluster that answers what it has: lists, objects, and what else `more` answers (discovery, reviews of back then). It takes no writes and no dry
 * runs; a question that it has no answer to fails as a gap does.
 */
function clusterOn(
  store: Store,
  { server, namespace, more }: { server: string; namespace: string; more(asked: Request): Promise<Answer> },
): Cluster {
  const request = async (asked: Request): Promise<Answer> => {
    const { method = 'GET', path } = asked
    if (method !== 'GET') return await more(asked)
    const [place = '', query = ''] = path.split('?')
    const list = listAt(place)
    if (list && !isObject(place)) {
      const found = await store.list(place, (raw) => raw)
      if (isRefused(found)) throw new SecureError('forbidden', found.refused)
      const accept = Object.entries(asked.headers ?? {}).find(([name]) => name.toLowerCase() === 'accept')?.[1] ?? ''
      const items = found.filter(selectedBy(new URLSearchParams(query)))
      return answer(accept.includes(metadataList) ? headsOf(items) : { kind: listKind(list), items })
    }
    if (!objectAt(place)) return await more(asked)
    const found = await store.get(place, (raw) => raw)
    if (found && isRefused(found)) throw new SecureError('forbidden', found.refused)
    if (!found) throw missing(place)
    return answer(found)
  }
  const never = () => Promise.reject(new Unrecorded('a snapshot is no server'))
  return {
    server,
    namespace,
    request,
    json: async <T>(asked: Request): Promise<T> => parse(asked, await request(asked)) as T,
    stream: never,
    webSocket: never,
    close: () => {},
  }
}

/** A bundle of evidence as a cluster. */
export function bundleAsCluster(origin: Origin, namespace: string, gaps: Gap[]): Cluster {
  const reader = origin.reader(gaps, () => Promise.resolve(standardKinds))
  const server = origin.source.kind === 'bundle' ? origin.source.path : ''
  return clusterOn(reader, {
    server,
    namespace,
    more: async (asked) => await origin.cluster.request(asked),
  })
}

/** Objects of manifests as a cluster that serves these resources. What is in no file is not there. */
export function objectsAsCluster(
  objects: readonly Raw[],
  resources: readonly ApiResource[],
  { server, namespace }: { server: string; namespace: string },
): Cluster {
  const kindOf = new Map(resources.map(({ group, resource, kind }) => [`${group}/${resource}`, kind]))
  const inList = (path: string): Raw[] => {
    const list = listAt(path)
    const kind = list && kindOf.get(`${list.group}/${list.resource}`)
    return objects.filter((raw) => {
      const group = textAt(raw, 'apiVersion').includes('/') ? textAt(raw, 'apiVersion').split('/')[0] : ''
      const isThere = list?.namespace === undefined || metaOf(raw).namespace === list.namespace
      return raw['kind'] === kind && group === list?.group && isThere
    })
  }
  const store: Store = {
    list: (path, keep) => Promise.resolve(inList(path).map(keep)),
    get(path, keep) {
      const asked = objectAt(path)
      const folder = path.slice(0, path.lastIndexOf('/'))
      const found = asked && inList(folder).find((raw) => metaOf(raw).name === asked.name)
      return Promise.resolve(found && keep(found))
    },
  }
  return clusterOn(store, {
    server,
    namespace,
    more: (asked) => {
      const found = discoveryOf(resources, asked.path)
      return found ? Promise.resolve(answer(found)) : Promise.reject(new Unrecorded(`${asked.path}: files do not say`))
    },
  })
}

// As the API that names an object says that it is not there.
function missing(place: string): SecureError {
  const name = decodeURIComponent(place.slice(place.lastIndexOf('/') + 1))
  const status = { code: 404, reason: 'NotFound', kind: '', name, causes: [] }
  return new SecureError('not-found', `GET ${place}: there is no such object in the snapshot`, { status })
}

// `/api/v1/namespaces/shop` is an object, and reads like a list of what lies in it.
function isObject(path: string): boolean {
  return /^\/api\/v1\/namespaces\/[^/]+$/.test(path)
}

const kinds = new Map([
  ...[...standardKinds, ...Object.values(questionKinds).flat()].map(({ group, resource, kind }): [string, string] => [
    `${group}/${resource}`,
    kind,
  ]),
  ...Object.values(ownKinds).map(({ apiVersion, resource, kind }): [string, string] => [
    `${groupOf(apiVersion)}/${resource}`,
    kind,
  ]),
])

function listKind({ group, resource }: { group: string; resource: string }): string {
  return `${kinds.get(`${group}/${resource}`) ?? ''}List`
}

function headsOf(items: readonly Raw[]): object {
  return { kind: metadataList, items: items.map(({ metadata }) => ({ metadata })) }
}

function answer(body: object): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify('items' in body ? { metadata: {}, ...body } : body)),
  }
}
