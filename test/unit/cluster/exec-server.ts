import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { issue } from './certificates.ts'
import { authority } from './fake-server.ts'

export type ExecServer = { url: string; port: number; seen: (IncomingMessage & { commonName?: string | undefined })[] }

/** A kubelet of sorts, that serves each upgrade by `serve`; it knows the given protocols. As long as the test. */
export async function execServer(
  serve: (socket: WebSocket) => void,
  protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
): Promise<ExecServer> {
  const own = issue({ name: 'server', hosts: ['127.0.0.1', 'api.test'] }, authority)
  const seen: ExecServer['seen'] = []
  const server = createServer({
    cert: own.cert,
    key: own.key,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: false,
  })
  const sockets = new WebSocketServer({
    server,
    handleProtocols: (asked) => protocols.find((protocol) => asked.has(protocol)) ?? false,
  })
  sockets.on('connection', (socket, request) => {
    const name = (request.socket as TLSSocket).getPeerCertificate().subject?.CN
    seen.push(Object.assign(request, { commonName: name === undefined ? undefined : String(name) }))
    socket.on('error', () => {})
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, port, seen }
}

/** A piece of a stream: 1 standard output, 2 standard error, 3 the status. */
export function say(socket: WebSocket, channel: number, text: string | Buffer): void {
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]))
}

/** The status of a command that ended with a code, and the close that follows it. */
export function end(socket: WebSocket, code: number): void {
  const causes = [{ reason: 'ExitCode', message: String(code) }]
  const failure = { status: 'Failure', reason: 'NonZeroExitCode', details: { causes } }
  say(socket, 3, JSON.stringify(code === 0 ? { status: 'Success' } : failure))
  socket.close(1000)
}
