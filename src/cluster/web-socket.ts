import type { ClientRequest } from 'node:http'
import { WebSocket } from 'ws'
import { SecureError } from '../errors.ts'
import type { Wire } from './agent.ts'
import type { OpenWebSocket } from './cluster.ts'
import type { Life } from './lives.ts'
import { SendError, watch } from './send.ts'
import type { Incoming, Outgoing, send } from './send.ts'

// API servers send pieces of 32 KiB; a length beyond this is an attack on our memory.
const maxPayload = 4 * 1024 * 1024

/**
 * Upgrades to a WebSocket over our own connections, so that trust, certificates, credentials, impersonation, proxies and retries
 * are those of every request. `run` sends the request by the function it is given. A refusal is the error of any request.
 */
export async function upgrade(
  protocols: string[],
  life: Life,
  run: (sendOnce: typeof send) => Promise<Incoming>,
): Promise<OpenWebSocket> {
  let socket: WebSocket | undefined
  await run(async (wire, outgoing) => {
    const shaken = await shakeHands(wire, outgoing, protocols)
    socket = shaken.socket
    return shaken.answer
  })
  if (socket === undefined) throw new SecureError('bad-answer', 'the server did not upgrade to a WebSocket')
  life.untimed()
  return { socket, closed: watchOver(socket, life) }
}

function shakeHands(
  wire: Wire,
  outgoing: Outgoing,
  protocols: string[],
): Promise<{ socket?: WebSocket; answer: Incoming }> {
  return new Promise((resolve, reject) => {
    const { host, port, path, signal, limits } = outgoing
    let request: ClientRequest | undefined
    const end = (error: unknown): void => void request?.destroy(error as Error)
    const timer = watch(limits, (what) => end(new SecureError('timeout', what)))
    const onAbort = (): void => end(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const url = `${wire.secure ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}`
    const socket = new WebSocket(url, protocols, {
      agent: wire.agent,
      headers: outgoing.headers as Record<string, string>,
      perMessageDeflate: false,
      maxPayload,
      finishRequest: (made) => {
        request = made
        made.path = path // A URL would have been normalised.
        made.on('socket', (connection) => timer.follow(connection, outgoing.onSent))
        made.end()
      },
    })
    const settled = (): void => {
      timer.stop()
      signal.removeEventListener('abort', onAbort)
    }
    socket.once('upgrade', (message) => {
      socket.once('open', () => {
        socket.pause() // Until there are listeners: the first pieces may have come with the upgrade.
        settled()
        resolve({ socket, answer: { message, stillAlive: () => {} } })
      })
    })
    socket.once('unexpected-response', (_, message) => {
      timer.stage('idle')
      message.once('close', settled)
      resolve({ answer: { message, stillAlive: timer.refresh } })
    })
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      settled()
      // ws names a handshake that is not one in words alone.
      if (cause.code !== undefined) reject(new SendError(cause, request?.reusedSocket ?? false))
      else
        reject(new SecureError('bad-answer', `the server did not upgrade to a WebSocket: ${cause.message}`, { cause }))
    })
  })
}

function watchOver(socket: WebSocket, life: Life): Promise<number> {
  const onAbort = (): void => socket.terminate()
  life.signal.addEventListener('abort', onAbort, { once: true })
  const closed = new Promise<number>((resolve, reject) => {
    let failure: Error | undefined
    socket.on('error', (error) => (failure = asAnswer(error)))
    socket.once('close', (code) => {
      life.signal.removeEventListener('abort', onAbort)
      life.release()
      // 1006: no close was said.
      if (code === 1006) failure ??= new SecureError('unreachable', 'the connection was lost')
      if (life.signal.aborted || failure) reject(life.explain(failure))
      else resolve(code)
    })
  })
  closed.catch(() => {}) // Whoever awaits it is told; nobody has to.
  return closed
}

function asAnswer(error: NodeJS.ErrnoException): Error {
  if (error.code?.startsWith('WS_ERR')) {
    return new SecureError('bad-answer', `the server broke the WebSocket protocol: ${error.message}`, { cause: error })
  }
  return error
}
