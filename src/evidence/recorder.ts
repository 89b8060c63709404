import { createHash, randomUUID } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Facts } from '../bundle/entry.ts'
import type { Cluster, Request } from '../cluster/cluster.ts'
import { SecureError } from '../errors.ts'
import type { Clock } from './clock.ts'

/** A request that is written down: send `request`, and call `end` once, with what came of it. */
export type Recorded = {
  request: Request
  /** Given to the API server, which uses it in its audit log (with_auditid.go); one for all tries of a request. */
  auditId: string
  end(outcome: { bytes?: number; sha256?: string; file?: string } | { error: unknown }): void
}

export type Recorder = {
  begin(request: Request): Recorded
  /** The cluster itself, for what `begin` was called for. */
  inner: Cluster
  /** The same cluster; all that goes through it is written down. */
  cluster: Cluster
  /** SHA-256 of the server's certificate and of the authority at the end of its chain, where a connection told. */
  readonly peer: Facts | undefined
  readonly count: number
}

/** Writes down every request, with an Audit-ID of our own: so the timeline can tell ours from those of others. */
export function recorderOf(inner: Cluster, log: (row: Facts) => void, clock: Clock): Recorder {
  let peer: Facts | undefined
  let count = 0

  const begin = (asked: Request): Recorded => {
    const auditId = randomUUID()
    const began = Date.now()
    const monotonic = performance.now()
    const answers: Facts[] = []
    let sent = began
    count++
    const onAnswer: Request['onAnswer'] = (message) => {
      const { date, 'audit-id': echoed, 'retry-after': retryAfter } = message.headers
      const received = Date.now()
      const server = Date.parse(date ?? '')
      if (!Number.isNaN(server)) clock.sample(sent, received, server)
      peer ??= peerOf(message.socket as TLSSocket)
      answers.push({
        status: message.statusCode ?? 0,
        at: new Date(received).toISOString(),
        ...(date !== undefined && { date }),
        ...(retryAfter !== undefined && { retryAfter }),
        ...(echoed !== auditId && { auditId: typeof echoed === 'string' ? echoed : null }),
      })
      sent = received
      asked.onAnswer?.(message)
    }
    return {
      auditId,
      request: { ...asked, headers: { ...asked.headers, 'audit-id': auditId }, onAnswer },
      end(outcome) {
        const failure = 'error' in outcome ? outcome.error : undefined
        log({
          auditId,
          method: asked.method ?? 'GET',
          path: asked.path,
          ...(asked.headers?.['accept'] !== undefined && { accept: asked.headers['accept'] }),
          began: new Date(began).toISOString(),
          ms: Math.round((performance.now() - monotonic) * 1000) / 1000,
          answers,
          ...('error' in outcome
            ? { error: failure instanceof SecureError ? `${failure.code}: ${failure.message}` : String(failure) }
            : outcome),
        })
      },
    }
  }

  const whole = async (asked: Request) => {
    const { request, end } = begin(asked)
    try {
      const answer = await inner.request(request)
      end({ bytes: answer.body.length, sha256: createHash('sha256').update(answer.body).digest('hex') })
      return answer
    } catch (error) {
      end({ error })
      throw error
    }
  }

  const cluster: Cluster = {
    ...inner,
    request: whole,
    async json<T>(asked: Request): Promise<T> {
      const { parse } = await import('../cluster/encode.ts')
      return parse(asked, await whole(asked)) as T
    },
    async stream(asked) {
      const { request, end } = begin(asked)
      try {
        const answer = await inner.stream({ ...asked, ...request })
        const { body } = answer
        body.once('close', () => end(body.errored ? { error: body.errored } : {}))
        return answer
      } catch (error) {
        end({ error })
        throw error
      }
    },
  }
  return {
    begin,
    inner,
    cluster,
    get peer() {
      return peer
    },
    get count() {
      return count
    },
  }
}

// A resumed TLS session has no certificates: the first connection has.
function peerOf(socket: Partial<TLSSocket>): Facts | undefined {
  const leaf = socket.getPeerCertificate?.(true)
  if (!leaf?.fingerprint256) return undefined
  let top = leaf
  for (let depth = 0; depth < 10 && top.issuerCertificate && top.issuerCertificate !== top; depth++)
    top = top.issuerCertificate
  return { certificate: leaf.fingerprint256, ...(top !== leaf && { authority: top.fingerprint256 }) }
}
