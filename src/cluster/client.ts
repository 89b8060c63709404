import type { Trust } from './agent.ts'
import { collect, streamed } from './body.ts'
import type { Answer, Cluster, Request } from './cluster.ts'
import type { Credentials } from './credentials.ts'
import { parse } from './encode.ts'
import { exchange } from './exchange.ts'
import { openLives } from './lives.ts'
import { openPool } from './pool.ts'
import type { Limits } from './send.ts'
import type { ServerUrl } from './server-url.ts'
import { address } from './wording.ts'

/** Everything a client needs, decided: connect() makes it of a kubeconfig, tests make it by hand. */
export type ClientOptions = {
  server: ServerUrl
  namespace: string
  context?: string
  user?: string
  trust: Trust
  proxy?: string | undefined
  credentials: Credentials
  /** Sent with every request: user agent, impersonation, what may be packed. */
  headers: Record<string, string | string[]>
  limits: Limits
  /** Milliseconds for a request with all its retries; undefined is no limit. */
  total: number | undefined
  warn: (line: string) => void
  signal?: AbortSignal | undefined
}

/** A Cluster over one pool of kept connections, which is opened with the first request. */
export function openClient(options: ClientOptions): Cluster {
  const { server, limits } = options
  const pool = openPool(options)
  const lives = openLives({ address: address(server), total: options.total, signal: options.signal })

  const request = (asked: Request): Promise<Answer> =>
    lives.run(asked, limits, isWrite(asked), async (life) => {
      const incoming = await exchange(options, pool, asked, life)
      const body = await collect(incoming)
      life.release()
      return { status: incoming.message.statusCode ?? 0, headers: incoming.message.headers, body }
    })

  return {
    server: server.text,
    namespace: options.namespace,
    ...(options.context !== undefined && { context: options.context }),
    ...(options.user !== undefined && { user: options.user }),
    request,
    json: async <T>(asked: Request): Promise<T> => parse(asked, await request(asked)) as T,
    stream: (asked) =>
      lives.run(asked, asked.maySleep ? { ...limits, idle: undefined } : limits, isWrite(asked), async (life) => {
        const incoming = await exchange(options, pool, asked, life)
        const body = await streamed(incoming, life.explain)
        body.once('close', life.release)
        return { status: incoming.message.statusCode ?? 0, headers: incoming.message.headers, body }
      }),
    webSocket: (asked) =>
      // What goes over it may change anything, so that it counts as a write though it is a GET.
      lives.run(asked, limits, true, async (life) => {
        const { upgrade } = await import('./web-socket.ts')
        return upgrade(asked.protocols, life, (sendOnce) => exchange(options, pool, asked, life, sendOnce))
      }),
    close: () => {
      lives.close()
      pool.drop()
    },
  }
}

function isWrite({ method = 'GET', path }: Request): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method) && !/[?&]dryRun=All(&|$)/.test(path)
}
