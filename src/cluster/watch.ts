import { setTimeout as sleep } from 'node:timers/promises'
import { SecureError } from '../errors.ts'
import { objectOf } from './api-object.ts'
import type { ApiObject } from './api-object.ts'
import type { Cluster } from './cluster.ts'
import { getObject } from './get-object.ts'
import { watchEvents } from './watch-events.ts'

const roundMs = 1000
// A connection that has gone silent for good looks like an object that does not change.
const watchMs = 30_000

/** Looks at one object, undefined where there is none. Gives what was waited for, or undefined or false to go on waiting. */
export type Look<T> = (object: ApiObject | undefined) => T | undefined | false

type Wait<T> = { cluster: Cluster; path: string; look: Look<T>; signal: AbortSignal }

/**
 * Waits until `look` finds what it wants in the object under `path`: now, or in a later state, each of which it sees in order. Another
 * object may have taken the name: look at the uid. Watches the one object, and asks again every second where watching is
 * refused. Throws SecureError: `timeout`, `interrupted`, `forbidden` for the object itself, `bad-answer` for a broken event.
 */
export async function waitFor<T>(
  cluster: Cluster,
  path: string,
  look: Look<T>,
  options: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<T> {
  const { timeoutMs } = options
  const end = new AbortController()
  const hint = 'It may come about later: look again.'
  const late = new SecureError('timeout', `what was waited for did not come within ${timeoutMs / 1000} s`, { hint })
  const timer = setTimeout(() => end.abort(late), timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal
  try {
    return await rounds({ cluster, path, look, signal })
  } finally {
    clearTimeout(timer)
    end.abort() // Ends a watch that is still open.
  }
}

async function rounds<T>(wait: Wait<T>): Promise<T> {
  let canWatch = true
  let isExpired = false
  for (;;) {
    const object = await getObject(wait.cluster, wait.path, wait.signal)
    const found = wait.look(object)
    if (found !== undefined && found !== false) return found
    if (canWatch) {
      const from = isExpired ? undefined : object?.metadata.resourceVersion
      try {
        const seen = await watchFrom(wait, from)
        if (seen !== undefined) return seen
        isExpired = false
      } catch (error) {
        if (!(error instanceof SecureError)) throw error
        if (error.code === 'gone') isExpired = true
        else if (isRefusedWatch(error)) canWatch = false
        else throw error
      }
    }
    // Aborted, the next look says so.
    await sleep(roundMs, undefined, { signal: wait.signal }).catch(() => {})
  }
}

/** What `look` found before the watch ended. Throws SecureError `gone` when the server does not remember as far back as `from`. */
async function watchFrom<T>(wait: Wait<T>, from: string | undefined): Promise<T | undefined> {
  const { cluster, path, look, signal } = wait
  const at = path.lastIndexOf('/')
  const [collection, name] = [path.slice(0, at), path.slice(at + 1)]
  const version = from === undefined ? '' : `&resourceVersion=${encodeURIComponent(from)}`
  const watched = `${collection}?watch=true&allowWatchBookmarks=true&fieldSelector=metadata.name%3D${name}${version}`
  const { body } = await cluster.stream({ path: watched, signal, maySleep: true })
  const timer = setTimeout(() => body.destroy(new SecureError('timeout', `GET ${watched}: silent`)), watchMs)
  try {
    // Without a version the watch begins with the object as it is, and says nothing when there is none.
    if (from === undefined && (await getObject(cluster, path, signal)) === undefined) {
      const found = look(undefined)
      if (found !== undefined && found !== false) return found
    }
    for await (const { type, object } of watchEvents(watched, body, signal)) {
      if (type === 'BOOKMARK') continue
      const state = objectOf({ path: watched }, object)
      if (state.metadata.name !== decodeURIComponent(name)) continue
      const found = look(type === 'DELETED' ? undefined : state)
      if (found !== undefined && found !== false) return found
    }
    return undefined
  } finally {
    clearTimeout(timer)
    body.destroy()
  }
}

// 405: a kind that cannot be watched.
function isRefusedWatch(error: SecureError): boolean {
  return error.code === 'forbidden' || error.status?.code === 405
}
