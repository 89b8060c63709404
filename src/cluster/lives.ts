import { SecureError } from '../errors.ts'
import type { Request } from './cluster.ts'
import { networkError } from './network-error.ts'
import type { Limits } from './send.ts'
import { describe, prefixed, timedOut } from './wording.ts'

/** One request from its first try to the last byte of its answer. */
export type Life = {
  name: string
  limits: Limits
  /** Ends it: Ctrl-C, close(), its own signal or its time. The reason is a SecureError. */
  signal: AbortSignal
  /** Whether it may change something on the server. */
  isWrite: boolean
  /** True while the server may have carried out a write of ours without having told us. */
  unsettled: boolean
  /** What went wrong, as the SecureError that the caller gets. */
  explain(error: unknown): SecureError
  /** Ends the --request-timeout. */
  untimed(): void
  /** The answer is read to its end: nothing can end it any more. */
  release(): void
}

type Around = {
  /** `host:port`, for errors. */
  address: string
  /** Milliseconds for a request with all its retries; undefined is no limit. */
  total: number | undefined
  signal?: AbortSignal | undefined
}

/** All requests under way, which Ctrl-C and close() end. */
export function openLives(around: Around) {
  const open = new Set<AbortController>()
  let closed = false
  const stopAll = (error: SecureError): void => {
    for (const controller of open) controller.abort(error)
  }
  const onInterrupt = (): void => stopAll(new SecureError('interrupted', 'interrupted'))
  around.signal?.addEventListener('abort', onInterrupt, { once: true })

  const begin = (request: Request, limits: Limits, isWrite: boolean): Life => {
    const name = describe(request)
    const end = new AbortController()
    const { signal: own } = request
    if (around.signal?.aborted || own?.aborted) throw prefixed(name, reasonOf(own))
    if (closed) throw new SecureError('interrupted', `${name}: the connection is closed`)
    const { total } = around
    const timer = total === undefined ? undefined : setTimeout(() => end.abort(timedOut(total)), total)
    const onOwn = (): void => end.abort(reasonOf(own))
    own?.addEventListener('abort', onOwn, { once: true })
    open.add(end)
    const life: Life = {
      name,
      limits,
      signal: end.signal,
      isWrite,
      unsettled: false,
      explain: (error) => {
        const said = end.signal.aborted ? (end.signal.reason as SecureError) : error
        const named = said instanceof SecureError ? prefixed(name, said) : networkError(name, around.address, said)
        return life.unsettled ? named.with({ unsettled: true }) : named
      },
      untimed: () => clearTimeout(timer),
      release: () => {
        clearTimeout(timer)
        own?.removeEventListener('abort', onOwn)
        open.delete(end)
      },
    }
    return life
  }

  return {
    /** Runs one request under its time limit and Ctrl-C. Who reads the answer later calls release(). */
    run: async <T>(
      request: Request,
      limits: Limits,
      isWrite: boolean,
      work: (life: Life) => Promise<T>,
    ): Promise<T> => {
      const life = begin(request, limits, isWrite)
      try {
        return await work(life)
      } catch (error) {
        life.release()
        throw life.explain(error)
      }
    },
    close: () => {
      closed = true
      around.signal?.removeEventListener('abort', onInterrupt)
      stopAll(new SecureError('interrupted', 'the connection was closed'))
    },
  }
}

function reasonOf(signal: AbortSignal | undefined): SecureError {
  return signal?.reason instanceof SecureError ? signal.reason : new SecureError('interrupted', 'interrupted')
}
