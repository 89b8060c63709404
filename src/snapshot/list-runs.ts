import type { Facts, Kept } from '../bundle/entry.ts'
import type { AnswerMeta, RawList, RequestGap } from './bundle-layout.ts'

/** What a bundle has of a list. */
export type Recorded = {
  list: RawList
  /** One try's pages, in their order, from the first. */
  pages: Kept[]
  /** Why they are not all; undefined where they are. */
  lacks: string | undefined
}

/** The last whole reading of a list, of the tries (by number, then by page) that there were; where none is whole, the longest. */
export function bestRun(found: { list: RawList; runs: Map<number, Kept[]> }, gap: RequestGap | undefined): Recorded {
  let best: Recorded | undefined
  for (const [, pages] of [...found.runs].sort(([one], [other]) => one - other)) {
    const run = inOrder(found.list, pages, gap)
    if (!best || run.lacks === undefined || (best.lacks !== undefined && run.pages.length >= best.pages.length))
      best = run
  }
  return best ?? { list: found.list, pages: [], lacks: 'no page of it is whole' }
}

function inOrder(list: RawList, byNumber: Kept[], gap: RequestGap | undefined): Recorded {
  const pages: Kept[] = []
  for (let number = 1; ; number++) {
    const page = byNumber[number]
    if (!page || page.cut !== undefined) {
      const why = gap?.why ?? page?.cut ?? 'the reading ended before it'
      return { list, pages, lacks: `page ${number} and what follows are not in the bundle: ${why}` }
    }
    pages.push(page)
    if (answerMeta(page.meta)?.list?.last) return { list, pages, lacks: undefined }
  }
}

/** What the journal says of an answer; undefined where it is something else. */
export function answerMeta(meta: Facts): AnswerMeta | undefined {
  const { method, path, list } = meta
  if (typeof path !== 'string' || (method !== undefined && typeof method !== 'string')) return undefined
  if (list === undefined) return { path, ...(method === undefined ? {} : { method }) }
  if (typeof list !== 'object' || list === null || Array.isArray(list)) return undefined
  const { run, page, last, resourceVersion } = list
  // A number that is no place of a page would make a list of millions of holes.
  if (!Number.isSafeInteger(run) || !Number.isSafeInteger(page) || Number(page) < 1 || Number(page) > 1e6)
    return undefined
  return {
    path,
    list: {
      run: Number(run),
      page: Number(page),
      last: last === true,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    },
  }
}
