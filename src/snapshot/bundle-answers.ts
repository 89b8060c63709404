import type { Facts, Kept } from '../bundle/entry.ts'
import { listRequestPath, type RawList, type RequestGap, serverPath } from './bundle-layout.ts'
import { answerMeta, bestRun, type Recorded } from './list-runs.ts'
import { listAt, objectAt } from './request-path.ts'

/** Which requests a bundle has the answer to; of none the bytes. */
export type Answers = {
  list(list: RawList): Recorded | undefined
  /** All lists of a type, whatever their namespaces. */
  lists(type: Omit<RawList, 'namespace'>): Recorded[]
  /** The artefacts that hold the lists of some types and the objects of them that were asked for by name. */
  files(types: readonly { group: string; resource: string }[]): Kept[]
  answer(request: string): Kept | undefined
  /** Why a request has no answer. */
  gap(request: string): RequestGap | undefined
}

/** A request as it is looked for: `GET /api/v1/pods`. */
export function requestKey(method: string | undefined, path: string): string {
  return `${method ?? 'GET'} ${path}`
}

/** Sorts what the journal has by the requests that it answers. Of a list that was read several times the last whole reading counts. */
export function indexAnswers(kept: Iterable<Kept>, gaps: Iterable<Facts>): Answers {
  const runs = new Map<string, { list: RawList; runs: Map<number, Kept[]> }>()
  const answers = new Map<string, Kept>()
  const objects: { type: string; kept: Kept }[] = []
  const why = new Map<string, RequestGap>()
  for (const gap of gaps) if (isRequestGap(gap)) why.set(requestKey(gap.method, gap.path), gap)
  for (const one of kept) {
    const meta = answerMeta(one.meta)
    if (!meta) continue
    const [path = '', query = ''] = meta.path.split('?', 2)
    if (!meta.list) {
      if (one.cut !== undefined) continue
      const request = requestKey(meta.method, meta.path)
      // A review is asked in several namespaces by requests of one path.
      const isMain = serverPath(path).join('/') === one.path?.join('/')
      if (isMain || !answers.has(request)) answers.set(request, one)
      const object = meta.method === undefined ? objectAt(path) : undefined
      if (object) objects.push({ type: typeKey(object.list), kept: one })
      continue
    }
    const list = listAt(path)
    // What a selector lets pass is not the list.
    if (!list || !/^(?:(?:limit|continue|resourceVersion|resourceVersionMatch)=[^&]*(?:&|$))*$/.test(query)) continue
    const key = listRequestPath(list)
    const found = runs.get(key) ?? { list, runs: new Map<number, Kept[]>() }
    const pages = found.runs.get(meta.list.run) ?? []
    // Of a page that was cut and then read again, the whole one.
    if (pages[meta.list.page]?.cut !== undefined || one.cut === undefined) pages[meta.list.page] = one
    else pages[meta.list.page] ??= one
    runs.set(key, { list, runs: found.runs.set(meta.list.run, pages) })
  }
  const best = new Map<string, Recorded>()
  for (const [key, found] of runs) best.set(key, bestRun(found, why.get(requestKey('GET', key))))
  return {
    list: (list) => best.get(listRequestPath(list)),
    lists: ({ group, version, resource }) =>
      [...best.values()].filter(({ list }) => {
        return list.group === group && list.version === version && list.resource === resource
      }),
    files(types) {
      const names = new Set(types.map(typeKey))
      const lists = [...best.values()].filter(({ list }) => names.has(typeKey(list)))
      return [
        ...lists.flatMap(({ pages }) => pages),
        ...objects.filter(({ type }) => names.has(type)).map(({ kept: one }) => one),
      ]
    },
    answer: (request) => answers.get(request),
    gap: (request) => why.get(request),
  }
}

function typeKey({ group, resource }: { group: string; resource: string }): string {
  return `${group}/${resource}`
}

function isRequestGap(gap: Facts): gap is RequestGap & Facts {
  const { why, path, code, method } = gap
  return [why, path, code ?? '', method ?? ''].every((part) => typeof part === 'string')
}
