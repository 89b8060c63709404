import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { SecureError } from '../errors.ts'

type Raw = Record<string, unknown>

/** A refusal (403) is an answer here, not a failure: the caller of a question may not be allowed to read everything. */
export type Refused = { refused: string }

export type Reader = {
  list<T>(path: string, keep: (raw: Raw) => T): Promise<T[] | Refused>
  /** One object; undefined where it does not exist. */
  get<T>(path: string, keep: (raw: Raw) => T): Promise<T | undefined | Refused>
}

/** Reads objects of one cluster; `onProgress` gets the number of objects read so far. */
export function readerOf(cluster: Cluster, onProgress: (objects: number) => void): Reader {
  let total = 0
  return {
    async list(path, keep) {
      let counted = 0
      const onPage = (read: number) => {
        total += read - counted
        counted = read
        onProgress(total)
      }
      return await orRefused(async () => (await list(cluster, path, keep, { onPage })).items)
    },
    async get(path, keep) {
      return await orRefused(async () => {
        try {
          return keep(await cluster.json<Raw>({ path }))
        } catch (error) {
          if (error instanceof SecureError && error.code === 'not-found') return undefined
          throw error
        }
      })
    },
  }
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refused' in value
}

async function orRefused<T>(read: () => Promise<T>): Promise<T | Refused> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof SecureError && error.code === 'forbidden') return { refused: error.message }
    throw error
  }
}
