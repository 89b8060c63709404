import { createServer as createHttp } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { issue } from './certificates.ts'
import type { Issued } from './certificates.ts'

export const authority = issue({ name: 'test authority', authority: true })

/** What one request brought. */
export type Seen = {
  method: string
  url: string
  headers: IncomingHttpHeaders
  /** Name and value in turn, as they were sent. */
  rawHeaders: string[]
  body: string
  /** Subject of the client certificate. */
  commonName?: string
}

export type FakeServer = {
  port: number
  /** https://127.0.0.1:port, or http. */
  url: string
  seen: Seen[]
  /** Connections made so far. */
  connections: () => number
  sockets: Set<Socket>
  close: () => Promise<void>
}

export type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen) => void

export const ok: Handler = (_, response) => {
  response.setHeader('content-type', 'application/json')
  response.end('{}')
}

/** A kind of API server on a free loopback port; TLS unless `plain`. */
export async function fakeServer(
  handler: Handler = ok,
  options: { plain?: boolean; certificate?: Issued; port?: number; clientCertificate?: 'asked' | 'required' } = {},
): Promise<FakeServer> {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      const subject = options.plain ? undefined : (request.socket as TLSSocket).getPeerCertificate().subject
      const name = subject?.CN
      const entry: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString(),
        ...(name !== undefined && { commonName: String(name) }),
      }
      seen.push(entry)
      handler(request, response, entry)
    })
  }
  const own = options.certificate ?? issue({ name: 'server', hosts: ['127.0.0.1', 'localhost', 'api.test'] }, authority)
  const server: Server = options.plain
    ? createHttp(onRequest)
    : createHttps(
        {
          cert: own.cert,
          key: own.key,
          ca: authority.cert,
          requestCert: true,
          rejectUnauthorized: options.clientCertificate === 'required',
        },
        onRequest,
      )
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${options.plain ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    connections: () => connections,
    sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** Sends a Kubernetes Status. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }))
}
