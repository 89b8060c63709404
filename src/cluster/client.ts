import { setTimeout as sleep } from 'node:timers/promises'
import { SecureError } from '../errors.ts'
import { openWire } from './agent.ts'
import type { Trust, Wire } from './agent.ts'
import { collect, streamed } from './body.ts'
import type { Answer, Cluster, Request, StreamedAnswer } from './cluster.ts'
import type { Credential, Credentials } from './credentials.ts'
import { networkError } from './network-error.ts'
import { retryAfter } from './retry-after.ts'
import { send, SendError } from './send.ts'
import type { Incoming, Limits } from './send.ts'
import type { ServerUrl } from './server-url.ts'
import { statusError } from './status-error.ts'

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

  // Another client certificate needs other connections: one is bound to the connection it was made with.
  const wireFor = (certificate: Credential['certificate']): Promise<Wire> => {
    if (wire && wire.certificate === certificate) return wire.wire
    void wire?.wire.then((old) => old.agent.destroy())
    wire = { wire: openWire(options.server.secure, options.trust, certificate, options.proxy), certificate }
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
      void wire?.wire.then(({ agent }) => agent.destroy())
    },
  }
}

function encode(
  request: Request,
  shared: Record<string, string | string[]>,
  credential: Credential,
): { headers: Record<string, string | string[] | number>; body: Buffer | undefined } {
  const { body } = request
  const sent = body === undefined ? undefined : toBytes(body)
  return {
    body: sent,
    headers: {
      accept: 'application/json',
      ...shared,
      ...(credential.authorization !== undefined && { authorization: credential.authorization }),
      ...(sent !== undefined && { 'content-type': 'application/json', 'content-length': sent.length }),
      ...Object.fromEntries(Object.entries(request.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value])),
    },
  }
}

// Bytes, not text: Node joins a body of text to the headers and then sends both as UTF-8, which garbles the names in them.
function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function parse(request: Request, answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch (cause) {
    const type = answer.headers['content-type'] ?? 'no content type'
    const what = type.includes('json') ? 'is broken JSON' : `is not JSON (${type.slice(0, 100)})`
    throw new SecureError('bad-answer', `${describe(request)}: the answer ${what}, ${answer.body.length} bytes`, {
      cause,
    })
  }
}

/** `GET /api/v1/pods?labelSelector=…`, without what only pages through a list. */
function describe(request: Request): string {
  const [path = '', query = ''] = request.path.split('?', 2)
  const kept = query.split('&').filter((part) => part !== '' && !/^(limit|continue)=/.test(part))
  const shown = kept.length > 0 ? `${path}?${kept.join('&')}` : path
  return `${request.method ?? 'GET'} ${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}`
}

function prefixed(name: string, error: SecureError): SecureError {
  if (error.message.startsWith(name) || error.code === 'kubeconfig') return error
  const hint =
    error.hint ?? (error.code === 'timeout' ? '--request-timeout sets how long one request may take.' : undefined)
  return new SecureError(error.code, `${name}: ${error.message}`, {
    cause: error.cause,
    ...(hint !== undefined && { hint }),
  })
}

function timedOut(ms: number): SecureError {
  return new SecureError('timeout', `no answer within the --request-timeout of ${ms / 1000} s`)
}

function address({ host, port }: ServerUrl): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

// A server that repeats what it was sent must not put it on the screen.
function withoutSecrets(error: SecureError, credential: Credential): SecureError {
  const secret = credential.authorization?.replace(/^\w+ /, '')
  if (secret === undefined || secret === '' || !error.message.includes(secret)) return error
  return new SecureError(error.code, error.message.replaceAll(secret, '<redacted>'), {
    ...(error.hint !== undefined && { hint: error.hint }),
  })
}
