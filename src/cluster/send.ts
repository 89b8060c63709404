import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { SecureError } from '../errors.ts'
import type { Wire } from './agent.ts'

/** One try of one request, with everything decided. */
export type Outgoing = {
  host: string
  port: number
  method: string
  path: string
  headers: OutgoingHttpHeaders
  body: Buffer | undefined
  signal: AbortSignal
  limits: Limits
  /** Called before the first byte of the request may leave: until then, the server cannot have done anything. */
  onSent: () => void
}

/** Milliseconds; undefined is no limit. The defaults of connect and handshake are client-go's. */
export type Limits = { connect: number | undefined; handshake: number | undefined; idle: number | undefined }

export const defaultLimits: Limits = { connect: 30_000, handshake: 10_000, idle: 30_000 }

/** An answer whose headers have come. `stillAlive` is called for every piece of the body, to hold off the idle limit. */
export type Incoming = { message: IncomingMessage; stillAlive: () => void }

/** A failure before the headers of the answer: `reused` when it came over a kept connection, that the server may have left. */
export class SendError extends Error {
  readonly reused: boolean
  constructor(cause: unknown, reused: boolean) {
    super('send failed', { cause })
    this.reused = reused
  }
}

/** Sends one request and resolves when the headers of the answer are there. Rejects with SendError. */
export function send(wire: Wire, outgoing: Outgoing): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const { host, port, method, path, headers, body, signal, limits } = outgoing
    const request = wire.request({ agent: wire.agent, host, port, method, path, headers, signal })
    let answer: IncomingMessage | undefined
    const timer = watch(limits, (what) => {
      // A reader that is slow to take a stream is not a silent server.
      if (answer?.isPaused()) timer.refresh()
      else (answer ?? request).destroy(new SecureError('timeout', what))
    })
    request.on('socket', (socket: Socket) => timer.follow(socket, outgoing.onSent))
    request.on('response', (message) => {
      answer = message
      timer.stage('idle')
      resolve({ message, stillAlive: timer.refresh })
    })
    request.on('error', (cause) => reject(new SendError(cause, request.reusedSocket)))
    request.on('close', timer.stop)
    request.end(body)
  })
}

type Stage = keyof Limits

const sayings: Record<Stage, string> = {
  connect: 'no connection within',
  handshake: 'no TLS handshake within',
  idle: 'no data for',
}

/** One timer that is moved on, as a request goes through its stages one after the other. */
export function watch(limits: Limits, expire: (what: string) => void) {
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => clearTimeout(timer)
  const stage = (name: Stage): void => {
    stop()
    const limit = limits[name]
    timer = limit === undefined ? undefined : setTimeout(() => expire(`${sayings[name]} ${limit / 1000} s`), limit)
  }
  const follow = (socket: Socket & { encrypted?: boolean; secureConnecting?: boolean }, onSent: () => void): void => {
    const begin = (): void => {
      stage('idle')
      onSent()
    }
    // Node writes the request when the connection stands: at once on a kept one.
    if (!socket.connecting && !socket.secureConnecting) begin()
    else socket.once(socket.encrypted ? 'secureConnect' : 'connect', begin)
    if (socket.connecting) {
      stage('connect')
      if (socket.encrypted) socket.once('connect', () => stage('handshake'))
    } else if (socket.secureConnecting) stage('handshake')
  }
  return { follow, stage, stop, refresh: () => void timer?.refresh() }
}
