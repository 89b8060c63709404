import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { issue } from './certificates.ts'
import { authority } from './fake-server.ts'
import { forward, passAround, proxyKubeconfig, readUpstream, tunnel } from './fault-proxy-forward.ts'

/** What goes wrong with one request; without a fault it is forwarded and answered. */
export type Fault =
  /** Answered here, and never forwarded. */
  | { answer: 409 | 410 | 429 | 500 | 503; retryAfter?: number; reason?: string }
  /** The connection is lost: before anything is forwarded, or after the server has answered and before a byte of it is passed on. */
  | { reset: 'before' | 'after' }
  /** The first half of the server's answer, then the connection is lost. */
  | { cut: true }
  /** Silence for ever: without forwarding, or after the server has answered. */
  | { silence: 'before' | 'after' }
  /** The first half of the server's answer, then silence for ever. */
  | { stall: true }
  /** Forwarded so much later. */
  | { delayMs: number }
  /** The first piece of the server's answer, and the rest once this is done. */
  | { between: () => Promise<unknown> }
  /** Answered by a server whose clock is so far ahead. */
  | { aheadMs: number }

/** `n` counts the requests of this method and path, without its query, from 1. */
export type Script = (method: string, path: string, n: number, query: string) => Fault | undefined

/** A write that the API server answered, whether or not its answer was passed on. */
export type ReachedWrite = { method: string; path: string; status: number }

export type FaultProxy = {
  /** A kubeconfig, as JSON text: the user of the kubeconfig file, or whose token it is. */
  kubeconfig: (token?: string) => string
  /** Every write that reached the API server; dry runs and access reviews are none. */
  writes: ReachedWrite[]
  /** Those of them that it carried out. */
  carriedOut: () => ReachedWrite[]
  close: () => Promise<void>
}

/**
 * A server with TLS in front of the API server of a test cluster, where each request may meet a fault. It forwards as the user of the
 * kubeconfig file, and a request with a token as the owner of that. Upgrades (exec) pass without faults.
 */
export async function faultProxy(kubeconfigFile: string, script: Script = () => undefined): Promise<FaultProxy> {
  const upstream = readUpstream(kubeconfigFile)
  const own = issue({ name: 'fault proxy', hosts: ['127.0.0.1'] }, authority)
  const writes: ReachedWrite[] = []
  const counts = new Map<string, number>()
  const sockets = new Set<Socket>()
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await collect(request)
    const method = request.method ?? 'GET'
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const n = (counts.get(`${method} ${path}`) ?? 0) + 1
    counts.set(`${method} ${path}`, n)
    await meet(request, response, script(method, path, n, query), async () => {
      const answer = await forward(upstream, request, body)
      if (isWrite(request)) writes.push({ method, path, status: answer.statusCode ?? 0 })
      return answer
    })
  }
  const server = createServer({ cert: own.cert, key: own.key }, (request, response) => {
    serve(request, response).catch(() => request.socket.destroy())
  })
  server.on('upgrade', (request, socket, head) => tunnel(upstream, request, socket as Socket, head))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    kubeconfig: (token = '') => proxyKubeconfig(port, token),
    writes,
    carriedOut: () => writes.filter(({ status }) => status >= 200 && status < 300),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

async function meet(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
  ask: () => Promise<IncomingMessage>,
): Promise<void> {
  const lose = (): void => void request.socket.destroy()
  if (fault && 'answer' in fault) return answerWith(response, fault)
  const isBefore =
    fault && (('reset' in fault && fault.reset === 'before') || ('silence' in fault && fault.silence === 'before'))
  if (fault && 'delayMs' in fault) await sleep(fault.delayMs)
  if (!isBefore) {
    const answer = await ask()
    const { 'transfer-encoding': _, connection: __, ...headers } = answer.headers
    if (fault && 'aheadMs' in fault)
      headers.date = new Date(Date.parse(headers.date ?? '') + fault.aheadMs).toUTCString()
    if (fault && 'between' in fault) {
      response.writeHead(answer.statusCode ?? 0, headers)
      return await passAround(answer, response, fault.between)
    }
    if (fault === undefined || 'delayMs' in fault || 'aheadMs' in fault) {
      response.writeHead(answer.statusCode ?? 0, headers)
      response.flushHeaders() // A watch sends its headers long before its first event.
      response.on('close', () => answer.destroy())
      return void answer.on('error', lose).pipe(response)
    }
    const body = await collect(answer)
    if ('cut' in fault || 'stall' in fault) {
      response.writeHead(answer.statusCode ?? 0, { ...headers, 'content-length': body.length })
      return void response.write(body.subarray(0, body.length / 2), 'cut' in fault ? lose : undefined)
    }
  }
  if (fault && 'reset' in fault) lose()
}

function answerWith(response: ServerResponse, fault: Extract<Fault, { answer: number }>): void {
  const after = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) }
  response.writeHead(fault.answer, { 'content-type': 'application/json', ...after })
  const reason = fault.reason ?? (fault.answer === 409 ? 'Conflict' : '')
  const message = 'a fault that a test asked for'
  response.end(
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code: fault.answer }),
  )
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function isWrite({ method, url = '' }: IncomingMessage): boolean {
  return method !== 'GET' && !url.includes('dryRun=All') && !/^\/apis\/auth(entication|orization)\.k8s\.io\//.test(url)
}
