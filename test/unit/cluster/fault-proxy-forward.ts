import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as send } from 'node:https'
import type { Socket } from 'node:net'
import { issue } from './certificates.ts'
import { authority } from './fake-server.ts'

/** Where a fault proxy forwards to, and as whom. */
export type Upstream = { server: string; ca: Buffer; cert: Buffer; key: Buffer }

/** The server and the user of a test cluster's kubeconfig, which is JSON and holds the keys themselves. */
export function readUpstream(file: string): Upstream {
  const config = JSON.parse(readFileSync(file, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }]
    users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }]
  }
  const { cluster } = config.clusters[0]
  const { user } = config.users[0]
  return {
    server: cluster.server,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
    cert: Buffer.from(user['client-certificate-data'], 'base64'),
    key: Buffer.from(user['client-key-data'], 'base64'),
  }
}

/** A kubeconfig for a proxy on a port of this machine; without a token, the proxy is asked as nobody and asks as its own user. */
export function proxyKubeconfig(port: number, token: string): string {
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'proxy',
    clusters: [{ name: 'proxy', cluster }],
    users: [{ name: 'proxy', user: token === '' ? nobody() : { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'proxy' } }],
  })
}

// kubectl asks for a password where there is nothing; the proxy asks for no certificate.
function nobody(): object {
  const { cert, key } = issue({ name: 'nobody' })
  const data = (pem: string): string => Buffer.from(pem).toString('base64')
  return { 'client-certificate-data': data(cert), 'client-key-data': data(key) }
}

/** Sends a request on; resolves when the headers of the answer are there. */
export function forward(to: Upstream, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { host: _, connection: __, ...headers } = request.headers
  return new Promise((resolve, reject) => {
    const asked = send(`${to.server}${request.url}`, { ...ask(to, request), headers }, resolve)
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Passes the first piece of an answer on, and the rest once something is done; meanwhile nobody reads from the server. */
export async function passAround(
  answer: IncomingMessage,
  response: ServerResponse,
  between: () => Promise<unknown>,
): Promise<void> {
  let isFirst = true
  for await (const piece of answer as AsyncIterable<Buffer>) {
    response.write(piece)
    if (isFirst) await between()
    isFirst = false
  }
  response.end()
}

/** Passes an upgrade on and joins the two connections; a refusal is passed back as it is, without its headers. */
export function tunnel(to: Upstream, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { host: _, ...headers } = request.headers
  const asked = send(`${to.server}${request.url}`, { ...ask(to, request), headers })
  asked.on('error', () => socket.destroy())
  asked.on('response', (message) => {
    socket.write(`HTTP/1.1 ${message.statusCode} refused\r\nconnection: close\r\n\r\n`)
    message.pipe(socket)
  })
  asked.on('upgrade', (message: IncomingMessage, far: Socket, farHead: Buffer) => {
    const lines = message.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
    socket.write(farHead)
    far.write(head)
    far.on('error', () => socket.destroy())
    socket.on('error', () => far.destroy())
    far.pipe(socket).pipe(far)
  })
  asked.end()
}

// The certificate cannot be passed on, and an API server believes it before a token.
function ask({ ca, cert, key }: Upstream, { method, headers }: IncomingMessage) {
  return { method, ca, ...(headers.authorization === undefined && { cert, key }) }
}
