import { openPage } from '../cluster/list-page.ts'
import { SecureError } from '../errors.ts'
import { type Answers, requestKey } from './bundle-answers.ts'
import type { RawList } from './bundle-layout.ts'
import type { Recorded } from './list-runs.ts'
import { listKindOf, orMalformed, type Reader, type Refused, withoutMalformed } from './reader.ts'
import { listAt, objectAt } from './request-path.ts'
import type { Gap } from './snapshot.ts'

type Raw = Record<string, unknown>

/**
 * Reads what a bundle has of a cluster: a list of a namespace from the list of all as well, an object from a list. What was refused when the
 * bundle was taken is refused in the same words. `bodies` are those of the kinds that are asked for, once they are read.
 */
export function bundleReader(answers: Answers, bodies: () => Promise<Map<string, Buffer>>, gaps: Gap[]): Reader {
  const named = new Map<Recorded, Map<string, Raw>>()
  return {
    async list(path, keep) {
      const list = listAt(path)
      if (!list) return notThere(path)
      const loaded = await bodies()
      const read = (recorded: Recorded) => {
        const taken = orMalformed(path, keep)
        const kept: ReturnType<typeof taken>[] = []
        const lacks = eachItem(recorded, loaded, (raw) => {
          if (isIn(raw, list.namespace)) kept.push(taken(raw))
        })
        return { lacks, objects: withoutMalformed(kept, gaps) }
      }
      const [best] = candidates(answers, list)
      const refusal = answers.gap(requestKey('GET', path))
      if (refusal && (!best || best.lacks !== undefined)) {
        return { refused: refusal.why, ...(best && best.pages.length > 0 ? { part: read(best).objects } : {}) }
      }
      if (best) {
        const { lacks, objects } = read(best)
        return lacks === undefined ? objects : { refused: `GET ${path}: ${lacks}`, part: objects }
      }
      return partsOf(path, answers, list, read)
    },
    async get(path, keep) {
      const loaded = await bodies()
      const kept = answers.answer(requestKey('GET', path))
      const folder = path.slice(0, path.lastIndexOf('/'))
      const one = (raw: Raw) => withoutMalformed([orMalformed(folder, keep)(raw)], gaps)[0]
      if (kept) {
        const raw = parsed(loaded.get(kept.file))
        return raw ? one(raw) : { refused: `GET ${path}: the answer in the bundle is no object` }
      }
      const gap = answers.gap(requestKey('GET', path))
      if (gap) return gap.code === 'not-found' ? undefined : { refused: gap.why }
      const asked = objectAt(path)
      const [best] = asked ? candidates(answers, asked.list) : []
      if (!asked || !best) return notThere(path)
      let names = named.get(best)
      if (!names) {
        const found = (names = new Map<string, Raw>())
        named.set(best, found)
        eachItem(best, loaded, (raw) => found.set(nameOf(raw), raw))
      }
      const raw = names.get(nameKey(asked.list.namespace, asked.name))
      if (raw) return one(raw)
      return best.lacks === undefined ? undefined : { refused: `GET ${path}: ${best.lacks}` }
    },
  }
}

// The list itself where it is whole, else that of all namespaces; where neither is, whichever there is.
function candidates(answers: Answers, list: RawList): Recorded[] {
  const { namespace, ...type } = list
  const found = [answers.list(list), namespace === undefined ? undefined : answers.list(type)]
  const recorded = found.filter((one) => one !== undefined)
  return [
    ...recorded.filter(({ lacks }) => lacks === undefined),
    ...recorded.filter(({ lacks }) => lacks !== undefined),
  ]
}

// Who collected the evidence of a few namespaces has those of them.
function partsOf<T>(
  path: string,
  answers: Answers,
  list: RawList,
  read: (recorded: Recorded) => { objects: T[] },
): Refused<T> {
  const some = list.namespace === undefined ? answers.lists(list) : []
  if (some.length === 0) return notThere(path)
  const names = some.map(({ list: { namespace } }) => namespace).join(', ')
  return {
    refused: `GET ${path}: the bundle has ${list.resource} of some namespaces alone (${names})`,
    part: some.flatMap((one) => read(one).objects),
  }
}

function notThere(path: string): { refused: string } {
  return { refused: `GET ${path}: it is not in the bundle` }
}

/** Passes on what is in the pages, one page in memory at a time. Returns why it is not all. */
function eachItem({ list, pages, lacks }: Recorded, bodies: Map<string, Buffer>, use: (raw: Raw) => void) {
  let token = ''
  for (const { file } of pages) {
    const body = bodies.get(file)
    if (!body) throw new TypeError(`${file} was not read`)
    try {
      const answer = { status: 200, headers: { 'content-type': 'application/json' }, body }
      const page = openPage({ path: file }, answer, listKindOf(`/${list.resource}`))
      for (const item of page.items) use(item)
      token = page.token
    } catch (error) {
      if (!(error instanceof SecureError)) throw error
      return error.message
    }
  }
  return lacks ?? (token === '' ? undefined : 'its last page is not in the bundle')
}

function isIn(raw: Raw, namespace: string | undefined): boolean {
  return namespace === undefined || (raw['metadata'] as { namespace?: unknown } | undefined)?.namespace === namespace
}

function nameOf(raw: Raw): string {
  const { namespace, name } = (raw['metadata'] ?? {}) as { namespace?: string; name?: string }
  return nameKey(namespace, name ?? '')
}

function nameKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`
}

function parsed(body: Buffer | undefined): Raw | undefined {
  try {
    const raw: unknown = JSON.parse(body?.toString('utf8') ?? '')
    return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Raw) : undefined
  } catch {
    return undefined
  }
}
