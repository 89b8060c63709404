import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { metadataList } from '../cluster/list-page.ts'
import type { Shape } from '../cluster/protobuf.ts'
import { isForbidden, SecureError } from '../errors.ts'
import { ShapeError } from './decode.ts'
import { rbacKinds, stateKinds } from './question-kinds.ts'
import type { Gap } from './snapshot.ts'

type Raw = Record<string, unknown>

/**
 * A refusal (403) is an answer here, not a failure: the caller of a question may not be allowed to read everything. Of a bundle, also what
 * it does not have, or has a `part` of.
 */
export type Refused<T = unknown> = { refused: string; part?: T[] }

export type Reader = {
  /** `shape` names the fields that `keep` looks at, where those are few of many: what lives sends no others then. */
  list<T>(path: string, keep: (raw: Raw) => T, shape?: Shape): Promise<T[] | Refused<T>>
  /** One object; undefined where it does not exist. */
  get<T>(path: string, keep: (raw: Raw) => T): Promise<T | undefined | Refused<T>>
}

/**
 * Reads objects of one cluster; `onProgress` gets the number of objects read so far. An object that is not what its kind
 * promises is left out and becomes a gap.
 */
export function readerOf(cluster: Cluster, onProgress: (objects: number) => void, gaps: Gap[]): Reader {
  let total = 0
  return {
    async list(path, keep, shape) {
      let counted = 0
      const onPage = (read: number) => {
        total += read - counted
        counted = read
        onProgress(total)
      }
      return await orRefused(async () => {
        const { items } = await list(cluster, path, orMalformed(path, keep), { onPage, kind: listKindOf(path), shape })
        return withoutMalformed(items, gaps)
      })
    },
    async get(path, keep) {
      return await orRefused(async () => {
        try {
          const object = await cluster.json<Raw>({ path })
          return withoutMalformed([orMalformed(path.slice(0, path.lastIndexOf('/')), keep)(object)], gaps)[0]
        } catch (error) {
          if (!(error instanceof SecureError) || error.code !== 'not-found') throw error
          return undefined
        }
      })
    },
  }
}

// An empty list of something else must not pass for "there are none".
const kinds: Record<string, string> = {
  ...Object.fromEntries([...rbacKinds, ...stateKinds].map(({ resource, kind }) => [resource, `${kind}List`])),
  // Their values are no question's business: they never come.
  secrets: metadataList,
}

/** The kind that a list of RBAC objects and the like must have. */
export function listKindOf(path: string): string | undefined {
  return kinds[lastPart(path)]
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** An object that is not what its kind promises. */
export class Malformed {
  readonly gap: Gap
  constructor(gap: Gap) {
    this.gap = gap
  }
}

/** `keep`, for objects of the list `path`, that says which of them are malformed; `hides` is what is not seen then. */
export function orMalformed<T>(
  path: string,
  keep: (raw: Raw) => T,
  hides = 'whatever it grants',
): (raw: Raw) => T | Malformed {
  return (raw) => {
    try {
      return keep(raw)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      const { name, namespace } = (raw?.['metadata'] ?? {}) as { name?: unknown; namespace?: unknown }
      const resource = lastPart(path)
      return new Malformed({
        what: `${resource} ${typeof namespace === 'string' ? `${namespace}/` : ''}${typeof name === 'string' ? name : '(without a name)'}`,
        resource,
        ...(typeof namespace === 'string' ? { namespace } : {}),
        ...(typeof name === 'string' ? { name } : {}),
        why: `GET ${path}: ${error.message}`,
        hides,
      })
    }
  }
}

/** Those that are whole; what the others hide becomes gaps. */
export function withoutMalformed<T>(items: (T | Malformed)[], gaps: Gap[]): T[] {
  return items.filter((item): item is Exclude<typeof item, Malformed> => {
    if (!(item instanceof Malformed)) return true
    gaps.push(item.gap)
    return false
  })
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value
}

async function orRefused<T>(read: () => Promise<T>): Promise<T | { refused: string }> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof SecureError && isForbidden(error)) return { refused: error.message }
    throw error
  }
}
