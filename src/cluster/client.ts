import { setTimeout as sleep } from 'node:timers/promises'
import { SecureError } from '../errors.ts'
import { openWire } from './agent.ts'
import type { Trust, Wire } from './agent.ts'
import { collect, streamed } from './body.ts'
import type { Answer, Cluster, Request, StreamedAnswer } from './cluster.ts'
import type { Credential, Credentials } from './credentials.ts'
import { networkError } from './network-error.ts'
import { encode, parse } from './encode.ts'
import { retryAfter } from './retry-after.ts'
import { send, SendError } from './send.ts'
import type { Incoming, Limits } from './send.ts'
import type { ServerUrl } from './server-url.ts'
import { statusError } from './status-error.ts'
import { address, describe, prefixed, timedOut, withoutSecrets } from './wording.ts'

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

// client-go's defaultMaxRetries, plus a bound on what a server may make us wait.
const maxRetries = 10
const maxWaitSeconds = 60

/** A Cluster over one pool of kept connections, which is opened with the first request. */
export function openClient(options: ClientOptions): Cluster {
  const open = new Set<AbortController>()
  let wire: { wire: Promise<Wire>; certificate: Credential['certificate'] } | undefined
  let closed = false

  const dropWire = (): void =>
    void wire?.wire.then(
      ({ agent }) => agent.destroy(),
      () => {}, // It never opened, and who waited for it has been told.
    )
  // Another client certificate needs other connections: one is bound to the connection it was made with.
  const wireFor = (certificate: Credential['certificate']): Promise<Wire> => {
    if (wire && wire.certificate === certificate) return wire.wire
    dropWire()
    const { server, trust, proxy, limits } = options
    wire = { wire: openWire(server.secure, trust, certificate, proxy, limits.connect), certificate }
    return wire.wire
  }

  const stopAll = (error: SecureError): void => {
    for (const controller of open) controller.abort(error)
  }
  const onInterrupt = (): void => stopAll(new SecureError('interrupted', 'interrupted'))
  options.signal?.addEventListener('abort', onInterrupt, { once: true })

  /** Runs one request under its time limit and Ctrl-C. `release` ends that; it is called by the reader of the answer. */
  const run = async <T>(
    request: Request,
    limits: Limits,
    read: (incoming: Incoming, explain: (error: SecureError) => SecureError, release: () => void) => Promise<T>,
  ): Promise<T> => {
    const name = describe(request)
    const life = new AbortController()
    const explain = (error: unknown): SecureError => {
      if (life.signal.aborted) return prefixed(name, life.signal.reason as SecureError)
      return error instanceof SecureError ? prefixed(name, error) : networkError(name, address(options.server), error)
    }
    if (options.signal?.aborted) throw new SecureError('interrupted', `${name}: interrupted`)
    if (closed) throw new SecureError('interrupted', `${name}: the connection is closed`)
    const timer =
      options.total === undefined
        ? undefined
        : setTimeout(() => life.abort(timedOut(options.total ?? 0)), options.total)
    open.add(life)
    const release = (): void => {
      clearTimeout(timer)
      open.delete(life)
    }
    try {
      return await read(await answered(request, name, limits, life.signal), explain, release)
    } catch (error) {
      release()
      throw explain(error)
    }
  }

  const answered = async (request: Request, name: string, limits: Limits, signal: AbortSignal): Promise<Incoming> => {
    let renewed = false
    let waits = 0
    for (;;) {
      const credential = await options.credentials.current()
      const incoming = await attempt(request, credential, limits, signal)
      const { message } = incoming
      const status = message.statusCode ?? 0
      if (status >= 200 && status < 300) return incoming
      const answer: Answer = { status, headers: message.headers, body: await collect(incoming) }
      if (status === 401 && !renewed && options.credentials.renew) {
        renewed = true
        if (await options.credentials.renew(credential)) continue
      }
      const seconds = retryAfter(answer)
      if (seconds === undefined || waits === maxRetries) throw withoutSecrets(statusError(name, answer), credential)
      waits += 1
      const wait = Math.min(seconds, maxWaitSeconds)
      if (wait > 1) options.warn(`${name}: the server answers ${status} and asks to wait; trying again in ${wait} s`)
      await sleep(wait * 1000, undefined, { signal })
    }
  }

  // A server may close a kept connection just as a request goes out on it; reading again does no harm, writing might.
  const attempt = async (
    request: Request,
    credential: Credential,
    limits: Limits,
    signal: AbortSignal,
  ): Promise<Incoming> => {
    const method = request.method ?? 'GET'
    for (let tries = 0; ; tries++) {
      try {
        return await send(await wireFor(credential.certificate), {
          host: options.server.host,
          port: options.server.port,
          method,
          path: options.server.prefix + request.path,
          ...encode(request, options.headers, credential),
          signal,
          limits,
        })
      } catch (error) {
        if (!(error instanceof SendError)) throw error
        const code = (error.cause as NodeJS.ErrnoException).code ?? ''
        const again = error.reused && method === 'GET' && tries < 2 && ['ECONNRESET', 'EPIPE'].includes(code)
        if (!again || signal.aborted) throw error.cause
      }
    }
  }

  const request = (request: Request): Promise<Answer> =>
    run(request, options.limits, async (incoming, _, release) => {
      const body = await collect(incoming)
      release()
      return { status: incoming.message.statusCode ?? 0, headers: incoming.message.headers, body }
    })

  return {
    server: options.server.text,
    namespace: options.namespace,
    ...(options.context !== undefined && { context: options.context }),
    ...(options.user !== undefined && { user: options.user }),
    request,
    json: async <T>(asked: Request): Promise<T> => parse(asked, await request(asked)) as T,
    stream: (asked) =>
      run(
        asked,
        asked.maySleep ? { ...options.limits, idle: undefined } : options.limits,
        async (incoming, explain, release) => {
          const body = await streamed(incoming, explain)
          body.once('close', release)
          const answer: StreamedAnswer = {
            status: incoming.message.statusCode ?? 0,
            headers: incoming.message.headers,
            body,
          }
          return answer
        },
      ),
    close: () => {
      closed = true
      options.signal?.removeEventListener('abort', onInterrupt)
      stopAll(new SecureError('interrupted', 'the connection was closed'))
      dropWire()
    },
  }
}
