import { setTimeout as sleep } from 'node:timers/promises'
import { collect } from './body.ts'
import type { Answer, Request } from './cluster.ts'
import type { Credential, Credentials } from './credentials.ts'
import { encode } from './encode.ts'
import type { Life } from './lives.ts'
import type { Pool } from './pool.ts'
import { retryAfter } from './retry-after.ts'
import { send, SendError } from './send.ts'
import type { Incoming } from './send.ts'
import type { ServerUrl } from './server-url.ts'
import { statusError } from './status-error.ts'
import { withoutSecrets } from './wording.ts'

// client-go's defaultMaxRetries, plus a bound on what a server may make us wait.
const maxRetries = 10
const maxWaitSeconds = 60

export type ExchangeOptions = {
  server: ServerUrl
  credentials: Credentials
  headers: Record<string, string | string[]>
  warn: (line: string) => void
}

/**
 * Sends a request until there is an answer to give: again with other credentials after a 401, and after a wait where the server
 * asks for one (429 and 5xx with Retry-After). Resolves for 2xx, and 101 to an upgrade. Keeps `life.unsettled`.
 */
export async function exchange(
  options: ExchangeOptions,
  pool: Pool,
  request: Request,
  life: Life,
  sendOnce: typeof send = send,
): Promise<Incoming> {
  let renewed = false
  let waits = 0
  for (;;) {
    const credential = await options.credentials.current()
    const before = life.unsettled
    const incoming = await attempt(options, pool, request, life, credential, sendOnce)
    const { message } = incoming
    const status = message.statusCode ?? 0
    request.onAnswer?.(message)
    if (request.onWarning && message.headers.warning !== undefined) {
      const { warningTexts } = await import('./warnings.ts')
      for (const text of warningTexts(message.headers.warning)) request.onWarning(text)
    }
    if ((status >= 200 && status < 300) || status === 101) return incoming
    // A refusal settles this try; a server that failed, or a proxy before it, may have failed after the write.
    if (status < 500) life.unsettled = before
    const answer: Answer = { status, headers: message.headers, body: await collect(incoming) }
    if (status === 401 && !renewed && options.credentials.renew) {
      renewed = true
      if (await options.credentials.renew(credential)) continue
    }
    const seconds = retryAfter(answer)
    if (seconds === undefined || waits === maxRetries) {
      throw withoutSecrets(statusError(life.name, request.method ?? 'GET', answer), credential)
    }
    waits += 1
    const wait = Math.min(seconds, maxWaitSeconds)
    if (wait > 1) {
      options.warn(`${life.name}: the server answers ${status} and asks to wait; trying again in ${wait} s`)
    }
    await sleep(wait * 1000, undefined, { signal: life.signal })
  }
}

// A server may close a kept connection just as a request goes out on it; reading again does no harm, writing might.
async function attempt(
  options: ExchangeOptions,
  pool: Pool,
  request: Request,
  life: Life,
  credential: Credential,
  sendOnce: typeof send,
): Promise<Incoming> {
  const { server } = options
  for (let tries = 0; ; tries++) {
    try {
      return await sendOnce(await pool.wireFor(credential.certificate), {
        host: server.host,
        port: server.port,
        method: request.method ?? 'GET',
        path: server.prefix + request.path,
        ...encode(request, options.headers, credential),
        signal: life.signal,
        limits: life.limits,
        onSent: () => (life.unsettled ||= life.isWrite),
      })
    } catch (error) {
      if (!(error instanceof SendError)) throw error
      const code = (error.cause as NodeJS.ErrnoException).code ?? ''
      const again = error.reused && !life.isWrite && tries < 2 && ['ECONNRESET', 'EPIPE'].includes(code)
      if (!again || life.signal.aborted) throw error.cause
    }
  }
}
